//! The command line from outside: the real program, its files, its words and exit statuses. One binary for all of it, a file
//! an idea.

mod curves;
mod data_sets;
mod desk;
mod endings;
mod export;
mod fields;
mod files_in;
mod former;
mod images;
mod judged;
mod kept;
mod names;
mod numbers;
mod pages;
mod paths;
mod pictures;
mod plane;
mod plane_lab;
mod plane_training;
mod reading;
mod refusals;
mod samplers;
mod small;
mod sweeps;
mod text_flags;
mod text_lab;
mod texts;
mod training;
mod words;
