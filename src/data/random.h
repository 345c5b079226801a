#pragma once
// Random draws that are the same on every platform. The standard defines what seed_seq and
// mt19937_64 yield, bit for bit; it leaves uniform_int_distribution and shuffle to each library, so
// they are written out.

#include <cstdint>
#include <initializer_list>
#include <random>

namespace floatsd::data {

/// A generator of its own for each list of numbers: every bit of each, and how many they are,
/// count.
std::mt19937_64 generator(std::initializer_list<uint64_t> numbers);

/// Uniform in 0..bound-1. Requires bound >= 1.
uint64_t below(uint64_t bound, std::mt19937_64& random);

}  // namespace floatsd::data
