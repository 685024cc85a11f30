//! The flags of the page that a figure is drawn on, the same for every command that draws one.

use crate::cli::CliError;
use crate::cli::output::Kind;
use crate::experiment::KeptPage;
use crate::figure::{Dpi, FontSize, Length, Page, PageSize, Unit};
use clap::{Args, ValueEnum};

/// Ground and ink.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Theme {
    /// Dark on light.
    Light,
    /// Light on dark.
    Dark,
}

/// The page, its size by --size or by --width.
#[derive(Args, Clone, Debug, Default)]
pub(super) struct PageArgs {
    /// Width and height: in pixels, 160x120 to 16384x16384 and at most 100 million in all, or in centimetres, such as
    /// 8.5cmx6cm; a figure that is too full for a small one is refused [default: what suits the figure]
    #[arg(long, value_name = "WxH", allow_hyphen_values = true, help_heading = PAGE, conflicts_with = "page_width")]
    size: Option<PageSize>,
    #[command(flatten)]
    paper: PaperArgs,
}

const PAGE: &str = "Page of a figure";

/// The page without --size, for commands that mean something else by it.
#[derive(Args, Clone, Debug, Default)]
pub(super) struct PaperArgs {
    /// Width alone, such as 8.5cm for a column of a paper or 1200 for pixels: the figure is as high as it needs to be
    #[arg(long = "width", id = "page_width", value_name = "W", allow_hyphen_values = true, help_heading = PAGE)]
    width: Option<Length>,
    /// Height, in the unit of --width
    #[arg(
        long = "height",
        id = "page_height",
        value_name = "H",
        allow_hyphen_values = true,
        help_heading = PAGE,
        requires = "page_width"
    )]
    height: Option<Length>,
    /// Dots per inch of a picture, 36 to 2400, of a size that is not in pixels itself [default: 300 for one in cm, 192
    /// for the one that suits the figure]
    #[arg(long, value_name = "N", allow_hyphen_values = true, help_heading = PAGE)]
    dpi: Option<Dpi>,
    /// Text of the axes in points, 4 to 72; titles, ticks and captions go with it [default: 9, larger on large pages and
    /// smaller on small ones]
    #[arg(long, value_name = "PT", allow_hyphen_values = true, help_heading = PAGE)]
    font_size: Option<FontSize>,
    /// Dark on light as for print, or light on dark [default: light]
    #[arg(long, value_enum, value_name = "THEME", help_heading = PAGE)]
    theme: Option<Theme>,
    /// No ground: what the figure is laid on is seen behind it
    #[arg(long, help_heading = PAGE)]
    transparent: bool,
    /// Leave out the settings in small print below
    #[arg(long, help_heading = PAGE)]
    no_caption: bool,
}

impl PageArgs {
    /// What is said, and otherwise what is `kept`.
    ///
    /// # Errors
    /// As those of [`PaperArgs::over`].
    pub fn over(&self, kept: KeptPage) -> Result<KeptPage, CliError> {
        let size = self.size.map(|size| size.to_string());
        self.paper.over(KeptPage { size: size.or_else(|| kept.size.clone()), ..kept })
    }

    /// The page.
    ///
    /// # Errors
    /// As those of [`Self::over`].
    pub fn kept(&self) -> Result<KeptPage, CliError> {
        self.over(KeptPage::default())
    }

    /// The first flag that is given.
    pub fn first(&self) -> Option<&'static str> {
        self.size.map(|_| "--size").or_else(|| self.paper.first())
    }

    /// Refuses a page for what has none.
    ///
    /// # Errors
    /// [`CliError::Input`] naming the flag.
    pub fn refuse_for(&self, kind: Kind) -> Result<(), CliError> {
        match self.size {
            Some(_) if kind.is_numbers() => Err(numbers_have_no("--size")),
            _ => self.paper.refuse_for(kind),
        }
    }
}

fn numbers_have_no(flag: &str) -> CliError {
    CliError::Input(format!("{flag}: numbers have no page; leave it out, or write a figure"))
}

impl PaperArgs {
    /// What is said, and otherwise what is `kept`.
    ///
    /// # Errors
    /// [`CliError::Input`] naming the flag: two units, or dots per inch of a size that is in pixels.
    pub fn over(&self, kept: KeptPage) -> Result<KeptPage, CliError> {
        let own = self.width.map(|width| PageSize::of(width, self.height)).transpose();
        let own = own.map_err(|why| CliError::Input(format!("--width: {why}")))?;
        let size = own.map(|size| size.to_string()).or(kept.size);
        let in_pixels = size
            .as_deref()
            .and_then(|size| size.parse().ok())
            .is_some_and(|size: PageSize| size.unit() == Unit::Px);
        if self.dpi.is_some() && in_pixels {
            return Err(CliError::Input(
                "--dpi: the size is in pixels and has so many as it says; give --width in cm".to_owned(),
            ));
        }
        Ok(KeptPage {
            size,
            dpi: self.dpi.map(Dpi::count).or(kept.dpi.filter(|_| !in_pixels)),
            font_size: self.font_size.map(FontSize::points).or(kept.font_size),
            dark: self.theme.map_or(kept.dark, |theme| theme == Theme::Dark),
            transparent: self.transparent || kept.transparent,
            bare: self.no_caption || kept.bare,
        })
    }

    /// The first flag that is given.
    pub fn first(&self) -> Option<&'static str> {
        let given = [
            (self.width.is_some(), "--width"),
            (self.dpi.is_some(), "--dpi"),
            (self.font_size.is_some(), "--font-size"),
            (self.theme.is_some(), "--theme"),
            (self.transparent, "--transparent"),
            (self.no_caption, "--no-caption"),
        ];
        given.into_iter().find_map(|(given, flag)| given.then_some(flag))
    }

    /// Refuses a page for what has none.
    ///
    /// # Errors
    /// [`CliError::Input`] naming the flag.
    pub fn refuse_for(&self, kind: Kind) -> Result<(), CliError> {
        match self.first() {
            Some(flag) if kind.is_numbers() => Err(numbers_have_no(flag)),
            _ if kind == Kind::Gif && self.transparent => Err(CliError::Input(
                "--transparent: an animation has a ground; leave it out, or write a .png, .svg or .pdf"
                    .to_owned(),
            )),
            _ => Ok(()),
        }
    }
}

/// The page that is kept.
///
/// # Errors
/// [`CliError::Input`] if it is none.
pub(super) fn page_of(kept: &KeptPage) -> Result<Page, CliError> {
    kept.page().map_err(|why| CliError::Input(format!("the page {why}")))
}
