//! CIFAR-10 files that are whole, cut, wrong or missing; and the real ones, where this machine has them.

use super::super::super::download::tests::{Reply, serve, sha256};
use super::super::super::folders::cifar10_folder;
use super::archive::ArchiveError;
use super::*;
use crate::data::codec::image::{TokenSpec, Tokenizer};
use crate::data::images::Part;
use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::Write as _;
use std::ops::ControlFlow;
use std::sync::LazyLock;
use tempfile::TempDir;

/// Names another folder with the real files.
const REAL: &str = "DFM_EXPLORER_CIFAR10";

/// Small files for the archive's reader.
const SMALL: [Batch; 2] = [Batch { name: "a.bin", images: 2 }, Batch { name: "b.bin", images: 1 }];

fn desk() -> TempDir {
    tempfile::tempdir().expect("a folder")
}

/// Files of the right sizes with black aeroplanes only, which take no space on the disk.
fn black_files(folder: &Path, test: Batch) {
    std::fs::create_dir_all(folder).expect("a folder");
    for batch in BATCHES[..5].iter().chain([&test]) {
        let file = File::create(folder.join(batch.name)).expect("a file");
        file.set_len(batch.bytes() as u64).expect("a sparse file");
    }
}

/// A tar.gz of these entries: a kind, a path, and the content.
fn packed(entries: &[(EntryKind, &str, &[u8])]) -> Vec<u8> {
    let mut tar = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
    for (kind, path, content) in entries {
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        header.set_entry_type(*kind);
        // Past the builder, which would refuse a path that leads upward.
        header.as_old_mut().name[..path.len()].copy_from_slice(path.as_bytes());
        header.set_cksum();
        tar.append(&header, *content).expect("appended");
    }
    tar.into_inner().and_then(GzEncoder::finish).expect("packed")
}

use tar::EntryType as EntryKind;

fn unpacked(archive: &[u8]) -> Result<Vec<(usize, Vec<u8>)>, String> {
    let mut files = Vec::new();
    archive::read(archive, &SMALL, |index, bytes| {
        files.push((index, bytes));
        Ok::<(), ()>(())
    })
    .map_err(|error| match error {
        ArchiveError::Content(why) => why,
        ArchiveError::Receiver(()) => "the receiver".to_owned(),
    })?;
    Ok(files)
}

#[test]
fn the_expected_files_are_taken_wherever_they_lie_and_nothing_else() {
    let (a, b) = (vec![1; SMALL[0].bytes()], vec![2; SMALL[1].bytes()]);
    let regular = EntryKind::Regular;
    let archive = packed(&[
        (EntryKind::Directory, "some-folder/", b""),
        (regular, "some-folder/readme.html", b"<p>"),
        (regular, "some-folder/b.bin", &b),
        (regular, "../../etc/passwd", b"root"),
        (EntryKind::Symlink, "link", b""),
        (regular, "/elsewhere/a.bin", &a),
    ]);
    assert_eq!(unpacked(&archive), Ok(vec![(1, b), (0, a)]));
}

#[test]
fn archives_with_anything_wrong_are_refused() {
    let (a, b) = (vec![1; SMALL[0].bytes()], vec![2; SMALL[1].bytes()]);
    let regular = EntryKind::Regular;
    let good = packed(&[(regular, "a.bin", &a), (regular, "b.bin", &b)]);
    assert!(unpacked(&good).is_ok());
    let why = |archive: &[u8]| unpacked(archive).expect_err("no archive");
    assert!(why(b"").contains("or damaged") && why(b"hello").contains("is no tar.gz"));
    assert!(why(&packed(&[(regular, "b.bin", &b)])).contains("holds no a.bin"));
    let twice = packed(&[(regular, "a.bin", &a), (regular, "x/a.bin", &a), (regular, "b.bin", &b)]);
    assert!(why(&twice).contains("holds a.bin twice"));
    let short = packed(&[(regular, "a.bin", &b), (regular, "b.bin", &b)]);
    assert_eq!(why(&short), "holds a.bin with 3073 bytes: expected 6146");
    let link = packed(&[(EntryKind::Symlink, "a.bin", b""), (regular, "b.bin", &b)]);
    assert!(why(&link).contains("no regular file"));
    // Ten megabytes of nothing in a few kilobytes.
    let bomb =
        packed(&[(regular, "a.bin", &a), (regular, "zeros", &vec![0; 10 << 20]), (regular, "b.bin", &b)]);
    assert!(bomb.len() < 100_000, "{}", bomb.len());
    assert!(unpacked(&bomb).is_err());
    let after =
        packed(&[(regular, "a.bin", &a), (regular, "b.bin", &b), (regular, "zeros", &vec![0; 10 << 20])]);
    assert!(unpacked(&after).is_err());
    // The check sum at the end finds whatever else does not.
    for length in 0..good.len() {
        assert!(unpacked(&good[..length]).is_err(), "cut to {length}");
    }
    for at in 0..good.len() {
        let mut changed = good.clone();
        changed[at] ^= 0x10;
        // Some bytes say nothing, such as the time in the header: then nothing else has changed either.
        if let Ok(files) = unpacked(&changed) {
            assert_eq!(files, [(0, a.clone()), (1, b.clone())]);
        }
    }
}

#[test]
fn a_folder_is_read_with_either_test_file() {
    let desk = desk();
    let inside = desk.path().join("cifar-10-batches-bin");
    black_files(&inside, FIRST_OF_TEST);
    for folder in [desk.path(), &inside] {
        let (found, files) = files_in(folder).expect("the files");
        assert_eq!((found, files[5]), (inside.clone(), FIRST_OF_TEST));
    }
    let set = read_cifar10(desk.path()).expect("the data set");
    assert_eq!((set.train.len(), set.test.len(), set.train.side()), (50_000, 1_000, 32));
    assert_eq!((set.train.label(49_999), set.train.classes()[0].as_str()), (Some(0), "airplane"));
    // The whole test set is taken where there are both.
    black_files(&inside, BATCHES[5]);
    assert_eq!(files_in(desk.path()).expect("the files").1[5], BATCHES[5]);
}

#[test]
fn wrong_files_are_named() {
    let desk = desk();
    let why = || read_cifar10(desk.path()).expect_err("no data set").to_string();
    assert!(why().contains("there is no data_batch_1.bin"), "{}", why());
    black_files(desk.path(), BATCHES[5]);
    let file = |name: &str| File::options().write(true).open(desk.path().join(name)).expect("a file");
    file("data_batch_3.bin").set_len(30_729_999).expect("cut");
    assert!(
        why().contains("data_batch_3.bin is truncated: it has 30729999 bytes, expected 30730000"),
        "{}",
        why()
    );
    file("data_batch_3.bin").set_len(30_730_001).expect("longer");
    assert!(why().contains("data_batch_3.bin is too long"), "{}", why());
    file("data_batch_3.bin").set_len(30_730_000).expect("right");
    file("test_batch.bin").write_all(&[10]).expect("written");
    assert!(why().contains("test_batch.bin has the label 10 at image 0"), "{}", why());
    std::fs::remove_file(desk.path().join("test_batch.bin")).expect("removed");
    assert!(why().contains("test_batch.bin: No such file"), "{}", why());
    let archive = desk.path().join("cifar-10-binary.tar.gz");
    std::fs::write(&archive, "no archive").expect("written");
    let why = read_cifar10(&archive).expect_err("no archive").to_string();
    assert!(why.contains("tar.gz is not the official file") && why.contains("expected 170052171"), "{why}");
}

#[test]
fn other_versions_are_named_with_what_to_do() {
    for (files, folder, word) in [
        (
            &["data_batch_1", "data_batch_2", "batches.meta"][..],
            "cifar-10-batches-py",
            "the Python version of CIFAR-10",
        ),
        (&["data_batch_1.mat"], "cifar-10-batches-mat", "the MATLAB version of CIFAR-10"),
        (&["train", "test", "meta"], "cifar-100-python", "is CIFAR-100"),
        (&["train.bin", "test.bin"], "cifar-100-binary", "is CIFAR-100"),
    ] {
        let desk = desk();
        let inside = desk.path().join(folder);
        std::fs::create_dir(&inside).expect("a folder");
        for file in files {
            std::fs::write(inside.join(file), b"\x80\x02}q\0.").expect("written");
        }
        let entries: Vec<_> = files.iter().map(|file| format!("{folder}/{file}")).collect();
        let archive = desk.path().join("a.tar.gz");
        let entries: Vec<_> =
            entries.iter().map(|path| (EntryKind::Regular, path.as_str(), &b"x"[..])).collect();
        std::fs::write(&archive, packed(&entries)).expect("written");
        let named = |why: String| {
            assert!(why.contains(word) && why.contains("dfm-explorer data cifar10 fetches it"), "{why}");
            assert!(why.contains("binary version") && why.contains(OFFICIAL.url), "{why}");
        };
        for place in [desk.path(), &inside, &archive] {
            named(read_cifar10(place).expect_err("another version").to_string());
        }
        let out = desk.path().join("out");
        for origin in [
            Origin::Folder(inside),
            Origin::Archive(archive),
            Origin::Url(format!("http://127.0.0.1:9/{}.tar.gz", folder.replace("batches-py", "python"))),
        ] {
            let why =
                install(&origin, &out, &OFFICIAL, &mut going_on).expect_err("another version").to_string();
            named(why);
            assert!(!out.exists());
        }
    }
}

#[test]
fn what_is_no_archive_at_all_is_named() {
    let desk = desk();
    let file = desk.path().join("cifar-10-binary.tar.gz");
    for (content, word) in
        [("<!DOCTYPE html>", "a web page"), ("version https://git-lfs", "a Git-LFS pointer")]
    {
        std::fs::write(&file, content).expect("written");
        let why = read_cifar10(&file).expect_err(word).to_string();
        assert!(why.contains("is not the official file but") && why.contains(word), "{why}");
    }
}

/// An archive of black aeroplanes with the right names and sizes, and its check sum.
static BLACK: LazyLock<(Vec<u8>, String)> = LazyLock::new(|| {
    let zeros = vec![0; BATCHES[0].bytes()];
    let paths = BATCHES.map(|batch| format!("{SUBFOLDER}/{}", batch.name));
    let entries: Vec<_> = paths.iter().map(|path| (EntryKind::Regular, path.as_str(), &zeros[..])).collect();
    let archive = packed(&entries);
    let sum = sha256(&archive);
    (archive, sum)
});

fn black(url: &str) -> Remote<'_> {
    Remote { url, bytes: BLACK.0.len() as u64, sha256: &BLACK.1, magic: OFFICIAL.magic }
}

fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).expect("a folder");
    let mut names: Vec<_> =
        entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

fn going_on(_: u64, _: u64) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

#[test]
fn an_address_fills_the_folder_and_nothing_else_stays() {
    let desk = desk();
    let folder = desk.path().join("data/cifar10");
    // The connection is lost once on the way.
    let half = BLACK.0.len() / 2;
    let (url, _heads) = serve(BLACK.0.clone(), vec![Reply::Drop(half), Reply::Ranges]);
    let mut last = (0, 0);
    install(&Origin::Url(url.clone()), &folder, &black(&url), &mut |done, total| {
        last = (done, total);
        ControlFlow::Continue(())
    })
    .expect("installed");
    assert_eq!(last, (184_380_000, 184_380_000));
    assert_eq!(names(folder.parent().expect("a parent")), ["cifar10"]);
    let mut expected = BATCHES.map(|batch| batch.name.to_owned());
    expected.sort();
    assert_eq!(names(&folder), expected);
    assert!(files_in(&folder).is_ok());
}

#[test]
fn a_failed_attempt_leaves_the_folder_as_it_was() {
    let desk = desk();
    let folder = desk.path().join("cifar10");
    std::fs::create_dir(&folder).expect("a folder");
    std::fs::write(folder.join("old"), "old").expect("written");
    let file = desk.path().join("archive.tar.gz");
    let archive = Origin::Archive(file.clone());
    let is_untouched = || {
        assert_eq!((names(desk.path()).len(), names(&folder)), (2, vec!["old".to_owned()]));
    };
    // Broken off after the second file.
    std::fs::write(&file, &BLACK.0).expect("written");
    let mut files = 0;
    let done = install(&archive, &folder, &black(""), &mut |_, _| {
        files += 1;
        if files == 2 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    assert_eq!(done, Err(InstallError::Interrupted));
    is_untouched();
    // Tampered with.
    let mut changed = BLACK.0.clone();
    changed[1000] ^= 1;
    std::fs::write(&file, &changed).expect("written");
    let why = install(&archive, &folder, &black(""), &mut going_on).expect_err("tampered").to_string();
    assert!(why.contains("archive.tar.gz is not the official file") && why.contains("SHA-256"), "{why}");
    is_untouched();
    // Not to be found.
    let why = install(&Origin::Folder(file.clone()), &folder, &black(""), &mut going_on);
    assert!(why.expect_err("no folder").to_string().contains("there is no data_batch_1.bin"));
    is_untouched();
    // In place of the old one once it is whole.
    std::fs::write(&file, &BLACK.0).expect("written");
    install(&archive, &folder, &black(""), &mut going_on).expect("installed");
    assert_eq!((names(desk.path()).len(), names(&folder).len()), (2, 6));
}

#[test]
fn a_folder_is_copied_with_the_test_file_it_has() {
    let desk = desk();
    let (from, folder) = (desk.path().join("from"), desk.path().join("cifar10"));
    black_files(&from.join(SUBFOLDER), FIRST_OF_TEST);
    install(&Origin::Folder(from), &folder, &OFFICIAL, &mut going_on).expect("installed");
    assert_eq!(files_in(&folder).expect("the files").1[5], FIRST_OF_TEST);
    assert_eq!(names(desk.path()), ["cifar10", "from"]);
}

/// The real data set, where this machine has it.
pub(in crate::data) fn real() -> Option<Cifar10> {
    let folder = std::env::var_os(REAL).map(PathBuf::from).or_else(cifar10_folder)?;
    match read_cifar10(&folder) {
        Ok(set) => Some(set),
        Err(error) => {
            _ = writeln!(
                std::io::stderr(),
                "skipped: no CIFAR-10 here ({error}); {REAL} names a folder with it"
            );
            None
        }
    }
}

#[test]
fn the_real_files_have_their_known_mean_spread_and_labels() {
    let Some(Cifar10 { train, test }) = real() else { return };
    assert_eq!((train.label(0), test.label(0)), (Some(6), Some(3)), "a frog and a cat come first");
    for label in 0..10 {
        assert_eq!(train.labels().iter().filter(|l| **l == label).count(), 5000);
    }
    for (channel, (mean, deviation)) in
        [(0.491_40, 0.247_03), (0.482_16, 0.243_49), (0.446_53, 0.261_59)].into_iter().enumerate()
    {
        let values = || train.pixels().iter().skip(channel).step_by(3).map(|v| f64::from(*v) / 255.0);
        let n = (train.len() * SIDE * SIDE) as f64;
        let found = values().sum::<f64>() / n;
        let spread = (values().map(|v| (v - found).powi(2)).sum::<f64>() / n).sqrt();
        assert!(
            (found - mean).abs() < 1e-5 && (spread - deviation).abs() < 1e-5,
            "{channel}: {found} {spread}"
        );
    }
    // Smaller images have the same mean to rounding.
    let small = train.resized(8).expect("smaller");
    let mean = |pixels: &[u8]| pixels.iter().map(|v| f64::from(*v)).sum::<f64>() / pixels.len() as f64;
    assert!((mean(small.pixels()) - mean(train.pixels())).abs() < 0.05);
}

#[test]
fn the_real_pictures_lose_little_to_a_palette() {
    let Some(Cifar10 { train, test }) = real() else { return };
    let error = |tokenizer: &Tokenizer| {
        let squares = (0..500).map(|i| {
            let seen = tokenizer.decode(&tokenizer.encode(test.image(i))).expect("tokens of an image");
            let pairs = seen.iter().zip(test.image(i));
            pairs.map(|(a, b)| f64::from(a.abs_diff(*b)).powi(2)).sum::<f64>()
        });
        (squares.sum::<f64>() / (500 * SIDE * SIDE * 3) as f64).sqrt()
    };
    let part = Part::Stored(train);
    let palette = |count| error(&Tokenizer::new(TokenSpec::Palette(count), &part, 0).expect("a tokenizer"));
    let rgb = |levels| error(&Tokenizer::new(TokenSpec::Rgb(levels), &part, 0).expect("a tokenizer"));
    let (many, some, cube) = (palette(256), palette(32), rgb(6));
    _ = writeln!(
        std::io::stderr(),
        "root mean square error in levels: palette:256 {many:.2}, palette:32 {some:.2}, rgb:6 (216 colours) {cube:.2}"
    );
    // To the eye 256 colours lose almost nothing.
    assert!(many < 10.0 && many < 0.7 * cube && many < 0.6 * some, "{many} {some} {cube}");
}
