#pragma once
// The shortest decimal that is a float32, for texts that people read.

namespace floatsd {

/// The float64 nearest to the shortest decimal that reads back as `value`: 0.1307 of 0.1307F, where
/// the float's own value is 0.13070000708... A NaN or an infinity stays one.
double shortest_decimal(float value);

}  // namespace floatsd
