//! The page of a figure as its recipe keeps it, and as the command line says it.

use crate::figure::{Dpi, FontSize, Ground, Page};
use serde::{Deserialize, Serialize};

/// What a figure is drawn on, in the form in which it is written.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct KeptPage {
    /// Width and height, where they were chosen: pixels as WIDTHxHEIGHT, or centimetres.
    pub size: Option<String>,
    /// Dots per inch, where they were chosen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dpi: Option<u32>,
    /// Text of the axes in points, where it was chosen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub font_size: Option<f64>,
    /// Light on dark.
    pub dark: bool,
    /// Without a ground.
    #[serde(skip_serializing_if = "is_off")]
    pub transparent: bool,
    /// No caption.
    pub bare: bool,
}

fn is_off(switch: &bool) -> bool {
    !switch
}

impl KeptPage {
    /// Of this page.
    pub fn of(page: Page, caption: bool) -> Self {
        Self {
            size: page.size.map(|size| size.to_string()),
            dpi: page.dpi.map(Dpi::count),
            font_size: page.font_size.map(FontSize::points),
            dark: page.ground.dark,
            transparent: page.ground.transparent,
            bare: !caption,
        }
    }

    /// The page.
    ///
    /// # Errors
    /// If it is none: the rest of a sentence that begins with the file's name.
    pub fn page(&self) -> Result<Page, String> {
        let size =
            self.size.as_deref().map(|size| size.parse().map_err(|why| format!("has size = {size}: {why}")));
        let dpi =
            self.dpi.map(|dpi| dpi.to_string().parse().map_err(|why| format!("has dpi = {dpi}: {why}")));
        let font = self.font_size.map(|points| {
            points.to_string().parse().map_err(|why| format!("has font_size = {points}: {why}"))
        });
        Ok(Page {
            size: size.transpose()?,
            dpi: dpi.transpose()?,
            font_size: font.transpose()?,
            ground: Ground { dark: self.dark, transparent: self.transparent },
        })
    }

    /// As flags of `dfm-explorer export`.
    pub fn flags(&self) -> Vec<String> {
        let mut flags = Vec::new();
        flags.extend(self.size.as_ref().map(|size| format!("--size {size}")));
        flags.extend(self.dpi.map(|dpi| format!("--dpi {dpi}")));
        flags.extend(self.font_size.map(|points| format!("--font-size {points}")));
        for (is_on, flag) in
            [(self.dark, "--theme dark"), (self.transparent, "--transparent"), (self.bare, "--no-caption")]
        {
            flags.extend(is_on.then(|| flag.to_owned()));
        }
        flags
    }
}
