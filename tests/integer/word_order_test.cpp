#include "integer/word_order.h"

#include <algorithm>
#include <cstdlib>
#include <numeric>
#include <random>
#include <vector>

#include "catch.h"

using namespace floatsd::integer;

namespace {

std::vector<uint8_t> words_of(int count, int level) {
  return std::vector<uint8_t>(static_cast<size_t>(count) * kBlockBytes,
                              static_cast<uint8_t>(level));
}

/// The largest sum of magnitudes of a 16-bit lane over both words.
int largest_together(const std::vector<uint8_t>& weights, int first, int second) {
  int largest = 0;
  for (int i = 0; i < kBlockBytes; i += 2) {
    int sum = 0;
    for (const int at : {first * kBlockBytes + i, second * kBlockBytes + i}) {
      sum += std::abs(static_cast<int8_t>(weights[at])) +
             std::abs(static_cast<int8_t>(weights[at + 1]));
    }
    largest = std::max(largest, sum);
  }
  return largest;
}

}  // namespace

TEST_CASE("Words go by twos exactly while their sums fit", "[word_order]") {
  const int level = GENERATE(0, 32, -32);
  CHECK(order_words(words_of(6, level)).counts.by_twos == 6);
  CHECK(order_words(words_of(7, level)).counts.by_twos == 6);
  CHECK(order_words(words_of(7, level)).counts.all == 7);
}

TEST_CASE("Words whose sums do not fit stay single", "[word_order]") {
  const int level = GENERATE(33, -33, 64, -64);
  CHECK(order_words(words_of(6, level)).counts.by_twos == 0);
}

TEST_CASE("An order has every word once, and twos that fit", "[word_order]") {
  std::mt19937 random(3);
  for (const int count : {0, 1, 2, 40}) {
    std::vector<uint8_t> weights = words_of(count, 0);
    for (uint8_t& weight : weights) {  // as FloatSD4's levels
      const int level = 1 << random() % 7;
      weight = static_cast<uint8_t>(random() % 3 != 0 ? 0 : random() % 2 == 0 ? level : -level);
    }
    const WordOrder order = order_words(weights);
    CHECK(order.counts.all == count);
    CHECK(order.counts.by_twos % 2 == 0);
    CHECK(order.counts.by_twos >= count / 4);  // most of such words do
    for (int i = 0; i < order.counts.by_twos; i += 2) {
      CHECK(largest_together(weights, order.words[i], order.words[i + 1]) <= kMostMagnitude);
    }
    std::vector<int> sorted = order.words;
    std::sort(sorted.begin(), sorted.end());
    std::vector<int> all(count);
    std::iota(all.begin(), all.end(), 0);
    CHECK(sorted == all);
  }
}
