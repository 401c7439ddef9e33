//! Comparisons of small reports made by hand.
