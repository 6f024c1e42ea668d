//! Lines from requests: literals as they are, fields by their columns.

use super::{GenerateError, column::Column, fields::Fields, fit::Fit, request::Request};
use crate::format::{Pattern, Piece};

/// Writes requests as lines of one format.
#[derive(Debug)]
pub struct Renderer {
    /// The parts in the order of the line.
    pub parts: Vec<Part>,
}

/// A part of a line.
#[derive(Debug)]
pub enum Part {
    /// These bytes.
    Literal(Vec<u8>),
    /// A field of the request.
    Column(Column),
}

impl Renderer {
    /// For lines of `pattern`.
    ///
    /// # Errors
    /// A time field's layout cannot be written.
    pub fn of_pattern(pattern: &Pattern, fields: &Fields<'_>) -> Result<Renderer, GenerateError> {
        let pieces = &pattern.pieces;
        let mut parts = Vec::new();
        for (index, piece) in pieces.iter().enumerate() {
            let part = match piece {
                Piece::Literal(bytes) => Part::Literal(bytes.to_vec()),
                Piece::Optional(_) => continue, // left out
                Piece::Field(field) => {
                    let stop = match pieces.get(index + 1) {
                        Some(Piece::Literal(bytes)) => bytes.first().copied(),
                        _ => None,
                    };
                    let fit = Fit::Field { class: field.class, stop };
                    match fields.column(field.name.as_deref(), &field.kind, fit)? {
                        Column::Constant(text) => Part::Literal(text.into()),
                        column => Part::Column(column),
                    }
                }
            };
            match (parts.last_mut(), part) {
                (Some(Part::Literal(before)), Part::Literal(bytes)) => {
                    before.extend_from_slice(&bytes);
                }
                (_, part) => parts.push(part),
            }
        }
        Ok(Renderer { parts })
    }

    /// Appends `request` as a line, with its line feed.
    #[inline]
    pub fn push_line(&mut self, request: &Request, out: &mut Vec<u8>) {
        for part in &mut self.parts {
            match part {
                Part::Literal(bytes) => out.extend_from_slice(bytes),
                Part::Column(column) => column.push(request, out),
            }
        }
        out.push(b'\n');
    }
}
