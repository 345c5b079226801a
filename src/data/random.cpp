#include "data/random.h"

#include <limits>
#include <vector>

namespace floatsd::data {

std::mt19937_64 generator(std::initializer_list<uint64_t> numbers) {
  std::vector<uint32_t> words;
  for (const uint64_t number : numbers) {
    words.push_back(static_cast<uint32_t>(number));
    words.push_back(static_cast<uint32_t>(number >> 32));
  }
  std::seed_seq seed(words.begin(), words.end());
  return std::mt19937_64(seed);
}

uint64_t below(uint64_t bound, std::mt19937_64& random) {
  // Draws from the incomplete last round of the modulus are rejected.
  const uint64_t accepted = std::numeric_limits<uint64_t>::max() / bound * bound;
  uint64_t draw = random();
  while (draw >= accepted) {
    draw = random();
  }
  return draw % bound;
}

}  // namespace floatsd::data
