//! A figure of the image lab carries its experiment: dropped on the window, it gives it back.

use crate::data::images::ImageSource;
use crate::data::{beside, parse_document, read_limited};
use crate::experiment::images::Base;
use crate::experiment::images::ImageModelSpec;
use crate::experiment::images::ImageSettings;
use crate::figure::recipe::recipe_of;
use serde::{Deserialize, Serialize};
use std::path::Path;

/// What the document inside a figure says it is.
const FORMAT: &str = "dfm-explorer images";
/// No figure of this program comes near it.
const MOST_BYTES: u64 = 256 << 20;

/// All that makes a figure of the lab.
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Shown {
    /// All settings.
    pub images: ImageSettings,
    /// The play-head, t in \[0, 1\].
    pub t: f64,
}

impl Shown {
    /// As text that a figure can carry.
    pub fn recipe(&self) -> String {
        let Ok(serde_json::Value::Object(mut entries)) = serde_json::to_value(self) else {
            return String::new();
        };
        entries.insert("format".to_owned(), FORMAT.into());
        serde_json::Value::Object(entries).to_string()
    }

    /// What the figure `file` shows; `None` if it is none of this lab.
    ///
    /// # Errors
    /// Says what is wrong with the settings inside it.
    pub fn in_figure(file: &Path) -> Option<Result<Self, String>> {
        let ending = file.extension()?;
        if !["png", "svg", "gif"].iter().any(|figure| ending.eq_ignore_ascii_case(figure)) {
            return None;
        }
        let bytes = read_limited(file, MOST_BYTES, "figure").ok()?;
        let text = recipe_of(&bytes).filter(|text| text.trim_start().starts_with('{'))?;
        let wrong = |why: String| format!("{}: its experiment {why}", file.display());
        Some(Self::read(&text).map(|shown| shown.found_beside(file)).map_err(wrong))
    }

    /// The same with files and folders looked for beside the `figure`, too, that are not where it says.
    fn found_beside(mut self, figure: &Path) -> Self {
        let of_set = |source: &mut ImageSource| match source {
            ImageSource::Folder(place) | ImageSource::Cifar10(Some(place)) => *place = beside(place, figure),
            ImageSource::Shapes | ImageSource::Cifar10(None) => {}
        };
        match &mut self.images.model {
            ImageModelSpec::Checkpoint(file) => *file = beside(file, figure),
            ImageModelSpec::Empirical(images) | ImageModelSpec::Independent(images) => {
                of_set(&mut images.source)
            }
            ImageModelSpec::Network(_) => {}
        }
        of_set(&mut self.images.training.data);
        if let Some(Base::File(file)) = self.images.given.as_mut().map(|given| &mut given.base) {
            *file = beside(file, figure);
        }
        self
    }

    fn read(text: &str) -> Result<Self, String> {
        let Self { images, t } = parse_document(text.as_bytes(), FORMAT)?;
        if !(0.0..=1.0).contains(&t) {
            return Err(format!("has t = {t}: expected a number from 0 to 1"));
        }
        let images = images.validated().map_err(|why| format!("can't be used: {why}"))?;
        Ok(Self { images, t })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figure::recipe::{into_gif, into_png, into_svg};

    #[test]
    fn files_of_the_experiment_are_looked_for_beside_the_figure() {
        let desk = tempfile::tempdir().expect("a folder");
        let figure = desk.path().join("f.png");
        for (name, there) in [("net.safetensors", "net.safetensors"), ("empirical:cats@5", "cats")] {
            std::fs::write(desk.path().join(there), "").expect("written");
            let images = ImageSettings { model: name.parse().expect("a name"), ..ImageSettings::default() };
            let found = Shown { images, t: 0.0 }.found_beside(&figure).images.model.to_string();
            assert_eq!(found, name.replace(there, &desk.path().join(there).display().to_string()));
        }
    }

    #[test]
    fn figures_of_every_kind_carry_the_experiment() {
        let folder = tempfile::tempdir().expect("a folder");
        let model = "empirical:a folder/“ü”@12".parse().expect("a name");
        let shown = Shown { images: ImageSettings { model, seed: 9, ..ImageSettings::default() }, t: 0.25 };
        let recipe = shown.recipe();
        let mut png = Vec::new();
        let picture = image::RgbaImage::new(2, 2);
        picture.write_to(&mut std::io::Cursor::new(&mut png), image::ImageFormat::Png).expect("a png");
        let mut gif = Vec::new();
        picture.write_to(&mut std::io::Cursor::new(&mut gif), image::ImageFormat::Gif).expect("a gif");
        let svg = "<svg xmlns=\"http://www.w3.org/2000/svg\"></svg>";
        for (name, bytes) in [
            ("f.png", into_png(png.clone(), &recipe)),
            ("f.gif", into_gif(gif, &recipe)),
            ("f.svg", into_svg(svg, &recipe).into_bytes()),
        ] {
            let file = folder.path().join(name);
            std::fs::write(&file, bytes).expect("written");
            assert_eq!(Shown::in_figure(&file), Some(Ok(shown.clone())), "{name}");
        }
        let plain = folder.path().join("plain.png");
        std::fs::write(&plain, &png).expect("written");
        assert_eq!(Shown::in_figure(&plain), None, "a picture that is no figure");
        std::fs::write(&plain, into_png(png.clone(), "dfm-explorer export --view mass")).expect("written");
        assert_eq!(Shown::in_figure(&plain), None, "a figure of the grid lab");
        for (recipe, named) in [
            ("{", "no JSON"),
            (r#"{"format": "dfm-explorer images", "t": 2}"#, "t = 2"),
            (r#"{"format": "dfm-explorer images", "images": {"sides": []}}"#, "sides"),
        ] {
            std::fs::write(&plain, into_png(png.clone(), recipe)).expect("written");
            let why = Shown::in_figure(&plain).expect("a figure").expect_err("refused");
            assert!(why.contains(named) && why.contains("plain.png"), "{why}");
        }
    }
}
