//! Makes the build see new migrations, and lets it pass before the web interface has been built.

use std::path::Path;

fn main() -> std::io::Result<()> {
    println!("cargo:rerun-if-changed=../../migrations");
    let dist = Path::new("../../web/dist");
    println!("cargo:rerun-if-changed={}", dist.display());
    if !dist.join("index.html").exists() {
        std::fs::create_dir_all(dist)?;
        std::fs::write(
            dist.join("index.html"),
            "<!doctype html><title>CiberCase</title><p>The web interface has not been built: run make web.\n",
        )?;
    }
    Ok(())
}
