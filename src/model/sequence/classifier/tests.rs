//! Gradients against differences, learning, and files.

use super::*;
use crate::data::images::ImageSource;
use crate::flow::metrics::Moments;

fn images(count: usize) -> (Vec<u8>, Vec<u8>) {
    let set = ImageSource::Shapes.load(SIDE, 1).expect("shapes").train.first(count);
    let pixels = (0..count).flat_map(|i| set.image(i).to_vec()).collect();
    (pixels, (0..count).map(|i| set.label(i).expect("a label")).collect())
}

#[test]
fn the_gradient_is_that_of_the_loss() {
    let mut net = Classifier::new(10, 3);
    // A head that is not all zero, so that everything before it matters.
    let head = net.layout.head.weight.clone();
    for (at, x) in net.values[head].iter_mut().enumerate() {
        *x = 0.2 * (at as f32).sin();
    }
    let (pixels, labels) = images(3);
    let mut room = ClassifierGradients::default();
    net.gradient(&pixels, &labels, &mut room);
    let gradient = room.total.clone();
    let layout = net.layout.clone();
    let mut places =
        vec![layout.stem.weight.start + 7, layout.head.bias.start + 2, layout.head.weight.start + 30];
    places.extend(layout.smaller.iter().map(|at| at.weight.start + 11));
    for block in layout.stages.iter().flatten() {
        places.extend([block.conv.start + 5, block.conv_bias.start + 3]);
        places.extend([block.first.weight.start + 40, block.second.weight.start + 17]);
    }
    for at in places {
        let step = 1e-2;
        let mut loss = |x: f32| {
            let mut moved = net.clone();
            moved.values[at] += x;
            moved.gradient(&pixels, &labels, &mut room)
        };
        let difference = (loss(step) - loss(-step)) / f64::from(2.0 * step);
        let found = f64::from(gradient[at]);
        assert!((found - difference).abs() < 2e-4 + 0.02 * difference.abs(), "{at}: {found} {difference}");
    }
}

#[test]
fn a_file_comes_back_and_what_is_none_is_refused() {
    let classifier = Classifier::new(10, 1);
    let (pixels, _) = images(20);
    let features = classifier.features(&pixels);
    assert_eq!(features.len(), 20 * FEATURES);
    let file = ClassifierFile {
        recipe: ClassifierRecipe {
            version: ClassifierRecipe::VERSION,
            data: ImageSource::Shapes,
            classes: (0..10).map(|n| n.to_string()).collect(),
            images: 5,
            seconds: 1.5,
            accuracy: 0.25,
            held_out: 8,
            reference: 20,
        },
        reference: Moments::of(&features, FEATURES),
        classifier,
    };
    let bytes = file.to_bytes().expect("bytes");
    let read = ClassifierFile::from_bytes(&bytes).expect("a file");
    assert_eq!(read.recipe, file.recipe);
    let again = read.classifier.features(&pixels);
    assert!(again.iter().zip(&features).all(|(a, b)| (a - b).abs() < 0.02), "half precision");
    assert!(read.reference.frechet(&file.reference) < 1e-3);
    for cut in [0, 9, 300, bytes.len() - 1] {
        assert!(ClassifierFile::from_bytes(&bytes[..cut]).is_err(), "{cut}");
    }
    // Whatever happens to a byte of the header or of the numbers: an error or another file, never a panic.
    for n in 0..400usize {
        let mut spoilt = bytes.clone();
        let at = if n % 4 == 0 { n * 7919 % bytes.len() } else { n * 3 % 1200 };
        spoilt[at] ^= 1 << (n % 8);
        if let Ok(read) = ClassifierFile::from_bytes(&spoilt) {
            assert_eq!(read.classifier.values().len(), file.classifier.values().len());
        }
    }
    let mut newer = file.clone();
    newer.recipe.version = 2;
    let why = ClassifierFile::from_bytes(&newer.to_bytes().expect("bytes")).expect_err("newer");
    assert!(why.contains("version 2"), "{why}");
}
