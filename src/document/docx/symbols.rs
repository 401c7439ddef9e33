//! Signs that Word writes as a code in a symbol font (`w:sym`).

/// The letter or sign that a code of a symbol font shows, where Unicode has it.
///
/// Codes may lie in the private area (`F0xx`), where Word puts the 256 signs of such a font.
pub(super) fn symbol(font: &str, code: u32) -> Option<char> {
    let sign = if (0xF000..=0xF0FF).contains(&code) {
        code - 0xF000
    } else {
        code
    };
    match font.trim().to_ascii_lowercase().as_str() {
        "symbol" => greek(sign),
        "wingdings" => wingdings(sign),
        "wingdings 2" => wingdings_2(sign),
        "wingdings 3" | "webdings" => None,
        // An ordinary font: the code is the character.
        _ => char::from_u32(sign).filter(|c| !c.is_control()),
    }
}

/// The font Symbol, in the order of its code page.
fn greek(sign: u32) -> Option<char> {
    const UPPER: &str = "ΑΒΧΔΕΦΓΗΙϑΚΛΜΝΟΠΘΡΣΤΥςΩΞΨΖ";
    const LOWER: &str = "αβχδεφγηιϕκλμνοπθρστυϖωξψζ";
    match sign {
        0x41..=0x5A => UPPER.chars().nth((sign - 0x41) as usize),
        0x61..=0x7A => LOWER.chars().nth((sign - 0x61) as usize),
        0x22 => Some('∀'),
        0x24 => Some('∃'),
        0x27 => Some('∋'),
        0x2D => Some('−'),
        0x40 => Some('≅'),
        0x5C => Some('∴'),
        0x5E => Some('⊥'),
        0x7E => Some('∼'),
        0x20..=0x7D => char::from_u32(sign),
        0xA2 => Some('′'),
        0xA3 => Some('≤'),
        0xA5 => Some('∞'),
        0xAB => Some('↔'),
        0xAC => Some('←'),
        0xAD => Some('↑'),
        0xAE => Some('→'),
        0xAF => Some('↓'),
        0xB0 => Some('°'),
        0xB1 => Some('±'),
        0xB2 => Some('″'),
        0xB3 => Some('≥'),
        0xB4 => Some('×'),
        0xB7 => Some('•'),
        0xB8 => Some('÷'),
        0xB9 => Some('≠'),
        0xBA => Some('≡'),
        0xBB => Some('≈'),
        0xBC => Some('…'),
        0xD2 | 0xE2 => Some('®'),
        0xD3 | 0xE3 => Some('©'),
        0xD4 | 0xE4 => Some('™'),
        0xD7 => Some('⋅'),
        0xDE => Some('⇒'),
        0xE5 => Some('∑'),
        _ => None,
    }
}

/// Wingdings: bullets, boxes, ticks and arrows.
fn wingdings(sign: u32) -> Option<char> {
    match sign {
        0x4A => Some('☺'),
        0x6C => Some('●'),
        0x6E => Some('■'),
        0x6F | 0x71 | 0xA8 => Some('□'),
        0x76 => Some('❖'),
        0x9F => Some('•'),
        0xA7 => Some('▪'),
        0xD8 => Some('➢'),
        0xDF => Some('←'),
        0xE0 | 0xE8 | 0xF0 => Some('→'),
        0xE1 => Some('↑'),
        0xE2 => Some('↓'),
        0xF3 => Some('↔'),
        0xFB => Some('✗'),
        0xFC => Some('✓'),
        0xFD => Some('☒'),
        0xFE => Some('☑'),
        _ => None,
    }
}

/// Wingdings 2: ticks and boxes.
fn wingdings_2(sign: u32) -> Option<char> {
    match sign {
        0x4F => Some('✗'),
        0x50 => Some('✓'),
        0x51 | 0x53 | 0x54 => Some('☒'),
        0x52 => Some('☑'),
        0x97 | 0x98 => Some('•'),
        0xA3 => Some('□'),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_become_signs() {
        assert_eq!(symbol("Symbol", 0xF061), Some('α'));
        assert_eq!(symbol("Symbol", 0xF05A), Some('Ζ'));
        assert_eq!(symbol("Symbol", 0x35), Some('5'));
        assert_eq!(symbol("Wingdings", 0xF0FC), Some('✓'));
        assert_eq!(symbol("Wingdings 2", 0x52), Some('☑'));
        assert_eq!(symbol("Arial", 0x2014), Some('—'));
        assert_eq!(symbol("Webdings", 0xF061), None);
    }
}
