//! The kind of file and the page that were last chosen: they hold for every export of the window, and are kept between
//! starts.

use super::{Format, PageOptions};
use crate::experiment::{ExportState, KeptPage};
use egui::{Context, Id};

fn id() -> Id {
    Id::unique("chosen for exports")
}

/// What was last chosen.
pub fn exports(ctx: &Context) -> ExportState {
    ctx.data(|data| data.get_temp(id())).unwrap_or_default()
}

/// Chooses as it was before.
pub fn set_exports(ctx: &Context, chosen: ExportState) {
    ctx.data_mut(|data| data.insert_temp(id(), chosen));
}

/// Takes over what was last chosen.
pub fn recall(ctx: &Context, format: &mut Format, page: &mut PageOptions) {
    let ExportState { format: chosen, page: kept } = exports(ctx);
    if let Some(chosen) = Format::ALL.into_iter().find(|format| Some(format.ending()) == chosen.as_deref()) {
        *format = chosen;
    }
    if let Ok(paper) = kept.page() {
        *page = PageOptions { paper, caption: !kept.bare };
    }
}

/// Remembers what of `after` was chosen, where it was `before`. What a figure has no choice of says nothing about the next
/// one: it may have no page, and an animation is a GIF whatever figures are.
pub fn remember(ctx: &Context, before: (Format, PageOptions), after: (Format, PageOptions)) {
    if before == after {
        return;
    }
    let mut chosen = exports(ctx);
    if before.0 != after.0 && after.0 != Format::Gif {
        chosen.format = Some(after.0.ending().to_owned());
    }
    if before.1 != after.1 {
        chosen.page = KeptPage::of(after.1.paper, after.1.caption);
    }
    set_exports(ctx, chosen);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_chosen_is_recalled_and_what_had_to_be_so_is_not() {
        let ctx = Context::default();
        let mut page = PageOptions { caption: false, ..PageOptions::default() };
        page.paper.size = "8.5cmx6cm".parse().ok();
        page.paper.ground.transparent = true;
        remember(&ctx, (Format::Png, PageOptions::default()), (Format::Svg, page));
        // An animation follows.
        remember(&ctx, (Format::Svg, page), (Format::Gif, page));
        let (mut format, mut recalled) = (Format::Png, PageOptions::default());
        recall(&ctx, &mut format, &mut recalled);
        assert_eq!((format, recalled), (Format::Svg, page));
        assert_eq!(super::super::page::typed(recalled.paper.size), "8.5cmx6cm");
        assert_eq!(super::super::page::typed("1600x900".parse().ok()), "");
    }

    #[test]
    fn a_kind_of_file_that_is_none_changes_nothing() {
        let ctx = Context::default();
        set_exports(&ctx, ExportState { format: Some("bmp".to_owned()), ..ExportState::default() });
        let (mut format, mut page) = (Format::Csv, PageOptions::default());
        recall(&ctx, &mut format, &mut page);
        assert_eq!((format, page), (Format::Csv, PageOptions::default()));
    }
}
