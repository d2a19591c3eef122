//! Copies an image from one OCI layout to another and tags it there, without a gate.
//!
//! usage: `cargo run -p sealift-oci --example lift -- oci:./source:v1 oci:./target:v1`

use sealift_oci::{Error, ImageName, Layout, copy};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(source), Some(target)) = (arguments.next(), arguments.next()) else {
        return Err("usage: lift SOURCE TARGET".into());
    };
    lift(&source.parse()?, &target.parse()?)?;
    Ok(())
}

fn lift(source: &ImageName, target: &ImageName) -> Result<(), Error> {
    let from = Layout::open(source.path())?;
    let to = Layout::open_or_new(target.path())?;
    let image = from.resolve(source.tag(), source.digest())?;
    copy(&from, &image, &to)?;
    to.tag(&image, target.tag().cloned().as_slice())?;
    Ok(())
}
