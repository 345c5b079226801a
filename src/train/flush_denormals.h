#pragma once
// Denormals: numbers below 2^-126, on which a processor computes up to a hundred times slower.

namespace floatsd::train {

/// Lets this thread, and every thread that it starts from now on, take denormal float32 numbers for
/// 0. One channel of weights around 1e-40 would otherwise slow a whole network tenfold. Call it
/// before the first computation: threads that are there already keep their setting.
void flush_denormals();

}  // namespace floatsd::train
