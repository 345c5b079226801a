#include "integer/word_order.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <utility>

namespace floatsd::integer {
namespace {

constexpr size_t kSums = 2 * kBlockChannels;  // 16-bit sums of a word
constexpr size_t kMostWaiting = 4;            // for a second word; few, since each is looked at

/// Of each lane, the magnitudes of its two levels added up.
using Magnitudes = std::array<uint8_t, kSums>;

Magnitudes magnitudes_of(const uint8_t* word) {
  Magnitudes result;
  for (size_t lane = 0; lane < kSums; ++lane) {
    result[lane] = static_cast<uint8_t>(std::abs(static_cast<int8_t>(word[2 * lane])) +
                                        std::abs(static_cast<int8_t>(word[2 * lane + 1])));
  }
  return result;
}

bool fit_together(const Magnitudes& a, const Magnitudes& b) {
  int largest = 0;
  for (size_t lane = 0; lane < kSums; ++lane) {
    largest = std::max(largest, a[lane] + b[lane]);
  }
  return largest <= kMostMagnitude;
}

}  // namespace

WordOrder order_words(std::span<const uint8_t> weights) {
  const size_t count = weights.size() / kBlockBytes;
  std::vector<Magnitudes> magnitudes(count);
  std::vector<int> twos;
  std::vector<int> single;
  std::vector<int> waiting;
  for (size_t i = 0; i < count; ++i) {
    const auto word = static_cast<int>(i);
    magnitudes[i] = magnitudes_of(weights.data() + i * kBlockBytes);
    const auto other = std::find_if(waiting.begin(), waiting.end(), [&](int candidate) {
      return fit_together(magnitudes[candidate], magnitudes[i]);
    });
    if (other != waiting.end()) {
      twos.insert(twos.end(), {*other, word});
      waiting.erase(other);
      continue;
    }
    waiting.push_back(word);
    if (waiting.size() > kMostWaiting) {
      single.push_back(waiting.front());
      waiting.erase(waiting.begin());
    }
  }
  single.insert(single.end(), waiting.begin(), waiting.end());
  const WordCounts counts{.all = static_cast<int>(count), .by_twos = static_cast<int>(twos.size())};
  twos.insert(twos.end(), single.begin(), single.end());
  return {std::move(twos), counts};
}

}  // namespace floatsd::integer
