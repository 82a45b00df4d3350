//! A picture for the largest message: a lake at dusk, computed in integers from a fixed seed, so that
//! every machine makes the same octets.

const WIDTH: i32 = 1280;
const HEIGHT: i32 = 960;
/// The row where the water begins.
const SHORE: i32 = 610;
/// The middle and the radius of the sun.
const SUN: (i32, i32, i32) = (820, 430, 52);
/// Octets before the pixels of a BMP file: its file header and its BITMAPINFOHEADER.
const HEADER: u32 = 14 + 40;

type Colour = [i32; 3];

const ZENITH: Colour = [32, 42, 92];
const HORIZON: Colour = [250, 168, 104];
const SUNLIGHT: Colour = [255, 236, 190];

/// A mountain ridge: its mean row, how far it strays from it, the width of its features, its colour.
struct Ridge {
    row: i32,
    swing: i32,
    feature: i32,
    colour: Colour,
}

/// From the farthest to the nearest.
const RIDGES: [Ridge; 4] = [
    Ridge {
        row: 455,
        swing: 150,
        feature: 210,
        colour: [150, 112, 124],
    },
    Ridge {
        row: 515,
        swing: 130,
        feature: 150,
        colour: [104, 82, 108],
    },
    Ridge {
        row: 560,
        swing: 90,
        feature: 110,
        colour: [62, 56, 84],
    },
    Ridge {
        row: 598,
        swing: 46,
        feature: 60,
        colour: [28, 32, 52],
    },
];

/// The picture as a BMP file of 24 bits a pixel.
pub(super) fn lake_at_dusk() -> Vec<u8> {
    let skylines: Vec<Vec<i32>> = (0_u64..)
        .zip(&RIDGES)
        .map(|(seed, ridge)| (0..WIDTH).map(|x| skyline(seed, ridge, x)).collect())
        .collect();
    let mut file = header();
    // BMP goes from the bottom row up, and from blue to red.
    for y in (0..HEIGHT).rev() {
        for x in 0..WIDTH {
            let [red, green, blue] = pixel(&skylines, x, y);
            let grain = noise(99, i64::from(y) * i64::from(WIDTH) + i64::from(x)) / 32 - 4;
            file.extend([blue, green, red].map(|part| (part + grain).clamp(0, 255) as u8));
        }
    }
    file
}

fn header() -> Vec<u8> {
    let pixels = (WIDTH * HEIGHT * 3) as u32;
    let mut header = b"BM".to_vec();
    for word in [HEADER + pixels, 0, HEADER, 40, WIDTH as u32, HEIGHT as u32] {
        header.extend(word.to_le_bytes());
    }
    for half in [1_u16, 24] {
        header.extend(half.to_le_bytes());
    }
    // No compression; 2,835 pixels a metre; no palette.
    for word in [0, pixels, 2835, 2835, 0, 0] {
        header.extend(u32::to_le_bytes(word));
    }
    header
}

/// The water shows what is above it, shaken by waves that grow towards the beholder, and darker.
fn pixel(skylines: &[Vec<i32>], x: i32, y: i32) -> Colour {
    if y < SHORE {
        return land_and_sky(skylines, x, y);
    }
    let depth = y - SHORE;
    let wave = (smooth(7, y * 3, 9) - 128) * (6 + depth / 8) / 128;
    let ripple = (smooth(8, x + y * 31, 23) - 128) * depth / 900;
    let mirrored = (SHORE - 1 - depth * 7 / 4 - ripple).clamp(0, SHORE - 1);
    let above = land_and_sky(skylines, (x + wave).clamp(0, WIDTH - 1), mirrored);
    mix(above, [14, 24, 52], 70 + depth / 4, 256)
}

fn land_and_sky(skylines: &[Vec<i32>], x: i32, y: i32) -> Colour {
    let nearest_first = RIDGES.iter().zip(skylines).rev();
    for (ridge, skyline) in nearest_first {
        let top = usize::try_from(x)
            .ok()
            .and_then(|x| skyline.get(x))
            .copied()
            .unwrap_or(HEIGHT);
        if y >= top {
            // Haze gathers at the foot of a mountain.
            return mix(ridge.colour, HORIZON, (y - top).min(200), 900);
        }
    }
    let sky = mix(ZENITH, HORIZON, y * y / SHORE, SHORE);
    let (dx, dy) = (x - SUN.0, y - SUN.1);
    let distance = dx * dx + dy * dy;
    let radius = SUN.2 * SUN.2;
    if distance <= radius {
        return SUNLIGHT;
    }
    // The glow: full at the rim, a quarter at twice the radius, and so on.
    let glow = mix(sky, SUNLIGHT, radius * 200 / distance, 256);
    let cloud = smooth(11, x + y * 2, 260) + smooth(12, y * 6 - x / 5, 90) - 300;
    mix(glow, [214, 130, 120], cloud.clamp(0, 120), 256)
}

/// The row of a ridge's top: noise in four octaves.
fn skyline(seed: u64, ridge: &Ridge, x: i32) -> i32 {
    let octave =
        |n: i32| ((smooth(20 + seed, x << n, ridge.feature) - 128) * ridge.swing) >> (8 + n);
    ridge.row - (0..4).map(octave).sum::<i32>()
}

/// `part` of `whole` of the way from one colour to the other.
fn mix(from: Colour, to: Colour, part: i32, whole: i32) -> Colour {
    let mut mixed = from;
    for (mixed, to) in mixed.iter_mut().zip(to) {
        *mixed += (to - *mixed) * part / whole;
    }
    mixed
}

/// Noise from 0 to 255 that changes gently: random values `feature` apart, eased in between.
fn smooth(seed: u64, position: i32, feature: i32) -> i32 {
    let place = i64::from(position.div_euclid(feature));
    let along = position.rem_euclid(feature) * 256 / feature;
    let eased = along * along * (3 * 256 - 2 * along) / (256 * 256);
    let (left, right) = (noise(seed, place), noise(seed, place + 1));
    left + (right - left) * eased / 256
}

/// A random value from 0 to 255 for a place: the finalizer of SplitMix64.
fn noise(seed: u64, place: i64) -> i32 {
    let mut z = (place as u64).wrapping_add(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((z ^ (z >> 31)) & 0xff) as i32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_is_a_bmp_of_its_own_length() {
        let file = lake_at_dusk();
        assert!(file.starts_with(b"BM"));
        let word = |at: usize| u32::from_le_bytes(file[at..at + 4].try_into().unwrap());
        assert_eq!(word(2) as usize, file.len());
        assert_eq!(file.len(), (HEADER as usize) + 1280 * 960 * 3);
        assert_eq!((word(18), word(22)), (1280, 960));
    }

    #[test]
    fn the_picture_has_a_sky_a_sun_and_water() {
        let file = lake_at_dusk();
        let colour = |x: i32, y: i32| {
            let at = HEADER as usize + ((HEIGHT - 1 - y) * WIDTH + x) as usize * 3;
            [file[at + 2], file[at + 1], file[at]].map(i32::from)
        };
        let near = |a: Colour, b: Colour| a.iter().zip(b).all(|(a, b)| (a - b).abs() < 12);
        assert!(near(colour(SUN.0, SUN.1 - 20), SUNLIGHT));
        assert!(near(colour(100, 2), ZENITH));
        let [red, _, blue] = colour(200, HEIGHT - 1);
        assert!(blue > red, "the water is blue");
    }
}
