mod sarif_out;
