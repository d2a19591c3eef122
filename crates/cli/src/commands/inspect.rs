//! `sealift inspect`.

use sealift_cli::exit_codes;
use sealift_oci::ImageName;

use crate::args::{ColorChoice, Format, InspectArgs};
use crate::error::Error;
use crate::output::{self, Layout, Talk, image, json_v1};

pub(crate) fn run(args: &InspectArgs, color: ColorChoice, talk: Talk) -> Result<u8, Error> {
    let name: ImageName = args.image.parse()?;
    let info = sealift_oci::inspect(&name)?;
    info.warnings.iter().for_each(|warning| talk.warning(warning));
    let file = args.output.output.as_deref();
    match args.output.format {
        Format::Text => output::write(file, |out| {
            image::text(&info, talk.is_verbose(), Layout::new(color, file), out)
        })?,
        Format::Json => output::write(file, |out| json_v1::pretty(&info, out))?,
        Format::Markdown => output::write(file, |out| image::markdown(&info, out))?,
        Format::Sarif | Format::Github | Format::Junit => {
            return Err(Error::Format {
                command: "inspect",
                format: args.output.format.as_str(),
            });
        }
    }
    Ok(exit_codes::DONE)
}
