//! Numbers as text, without allocation.

/// Appends `value` in decimal.
#[inline]
pub fn push_integer(mut value: u64, out: &mut Vec<u8>) {
    let mut digits = [b'0'; 20];
    let mut start = digits.len() - 1;
    loop {
        digits[start] = b'0' + (value % 10) as u8;
        value /= 10;
        if value == 0 {
            break;
        }
        start -= 1;
    }
    out.extend_from_slice(&digits[start..]);
}

/// Appends the last `WIDTH` decimal digits of `value`, with leading zeros.
#[inline]
pub fn push_padded<const WIDTH: usize>(mut value: u64, out: &mut Vec<u8>) {
    let mut digits = [b'0'; WIDTH];
    for digit in digits.iter_mut().rev() {
        *digit = b'0' + (value % 10) as u8;
        value /= 10;
    }
    out.extend_from_slice(&digits);
}

/// Appends `value` as 16 hexadecimal digits.
#[inline]
pub fn push_hex(value: u64, out: &mut Vec<u8>) {
    let mut digits = [0; 16];
    for (index, digit) in digits.iter_mut().enumerate() {
        let nibble = (value >> (60 - 4 * index)) & 15;
        *digit = b"0123456789abcdef"[nibble as usize];
    }
    out.extend_from_slice(&digits);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn numbers_are_written_as_the_standard_library_does(value: u64) {
            let mut out = Vec::new();
            push_integer(value, &mut out);
            out.push(b' ');
            push_hex(value, &mut out);
            out.push(b' ');
            push_padded::<3>(value, &mut out);
            let expected = format!("{value} {value:016x} {:03}", value % 1_000);
            prop_assert_eq!(String::from_utf8(out).unwrap(), expected);
        }
    }

    #[test]
    fn zero_has_a_digit() {
        let mut out = Vec::new();
        push_integer(0, &mut out);
        assert_eq!(out, b"0");
    }
}
