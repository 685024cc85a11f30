//! Programs written as sequences: a docstring, three examples of what they do, and their body (math.md 15.5).

/// Tokens of a docstring.
pub const DOC: usize = 12;
/// How many examples there are.
pub const EXAMPLES: usize = 3;
/// Tokens of an example: `f(`, the input, `)=`, tens and ones of the output.
pub const EXAMPLE: usize = 5;
/// Tokens of a body.
pub const BODY: usize = 20;
/// Inputs of a program: 0 to 9.
pub const INPUTS: usize = 10;
/// Tokens of a text: the docstring, the examples, a token that begins the body, and the body.
pub const TOKENS: usize = DOC + EXAMPLES * EXAMPLE + 1 + BODY;
/// Where a body begins.
pub const BODY_AT: usize = TOKENS - BODY;

/// Programs and how likely they are. A text is a program with three different inputs in rising order, all 120 triples
/// alike. Inputs and digits are their own tokens, 0 to 9.
#[derive(Clone, Debug, PartialEq)]
pub struct ProgramTable {
    /// K.
    pub values: usize,
    /// \[P, 12\].
    pub docs: Vec<u8>,
    /// What it returns for 0 to 9, below 100, \[P, 10\].
    pub outputs: Vec<u8>,
    /// \[P, 20\].
    pub bodies: Vec<u8>,
    /// Probabilities, \[P\].
    pub weights: Vec<f64>,
    /// The tokens `f(`, `)=` and the one that begins a body.
    pub marks: [u8; 3],
}

impl ProgramTable {
    /// P.
    pub fn len(&self) -> usize {
        self.weights.len()
    }

    /// Whether there is no program.
    pub fn is_empty(&self) -> bool {
        self.weights.is_empty()
    }

    /// Those programs alone that are chosen, with the weights that they have.
    #[must_use]
    pub fn only(&self, chosen: impl Fn(usize) -> bool) -> Self {
        let rows: Vec<usize> = (0..self.len()).filter(|&program| chosen(program)).collect();
        let all = |of: &dyn Fn(usize) -> Vec<u8>| rows.iter().flat_map(|&program| of(program)).collect();
        Self {
            values: self.values,
            docs: all(&|program| self.doc(program).to_vec()),
            outputs: all(&|program| self.output(program).to_vec()),
            bodies: all(&|program| self.body(program).to_vec()),
            weights: rows.iter().map(|&program| self.weights[program]).collect(),
            marks: self.marks,
        }
    }

    /// The entropy of the texts, nats: that of the programs, and ln 120 for the inputs.
    pub fn entropy(&self) -> f64 {
        let programs: f64 = self.weights.iter().map(|w| -w * w.ln()).sum();
        programs + (triples().count() as f64).ln()
    }

    /// The docstring of a program, \[12\].
    pub fn doc(&self, program: usize) -> &[u8] {
        &self.docs[program * DOC..][..DOC]
    }

    /// What a program returns for 0 to 9, \[10\].
    pub fn output(&self, program: usize) -> &[u8] {
        &self.outputs[program * INPUTS..][..INPUTS]
    }

    /// The body of a program, \[20\].
    pub fn body(&self, program: usize) -> &[u8] {
        &self.bodies[program * BODY..][..BODY]
    }

    /// The text of a program with its `inputs`, below 10 and in rising order: \[48\].
    pub fn text(&self, program: usize, inputs: [usize; EXAMPLES]) -> Vec<u16> {
        let [open, close, begin] = self.marks;
        let output = self.output(program);
        let mut text = self.doc(program).to_vec();
        for x in inputs {
            text.extend([open, x as u8, close, output[x] / 10, output[x] % 10]);
        }
        text.push(begin);
        text.extend(self.body(program));
        text.into_iter().map(u16::from).collect()
    }

    /// The tokens that are the same in all texts, each a place and its token.
    pub fn fixed(&self) -> impl Iterator<Item = (usize, u8)> {
        let [open, close, begin] = self.marks;
        let of = move |n: usize| [(DOC + n * EXAMPLE, open), (DOC + n * EXAMPLE + 2, close)];
        (0..EXAMPLES).flat_map(of).chain([(BODY_AT - 1, begin)])
    }
}

/// All triples of different inputs in rising order.
pub fn triples() -> impl Iterator<Item = [usize; EXAMPLES]> {
    (0..INPUTS).flat_map(|a| (a + 1..INPUTS).flat_map(move |b| (b + 1..INPUTS).map(move |c| [a, b, c])))
}
