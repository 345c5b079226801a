#include "floatsd/core/communicator.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <mutex>
#include <string>
#include <vector>

#include "catch.h"
#include "core/share_out.h"
#include "floatsd/core/error.h"
#include "thread_ranks.h"

using namespace floatsd;

namespace {

/// A number whose sums round.
float term(int rank, size_t i) {
  return std::sin(static_cast<float>(i * 8 + static_cast<size_t>(rank))) * 1e3F;
}

std::vector<float> terms(int rank, size_t count) {
  std::vector<float> values;
  for (size_t i = 0; i < count; ++i) {
    values.push_back(term(rank, i));
  }
  return values;
}

/// ((0 + 1) + (2 + 3)) + ...
float tree_sum(int first, int count, size_t i) {
  return count == 1 ? term(first, i)
                    : tree_sum(first, count / 2, i) + tree_sum(first + count / 2, count / 2, i);
}

}  // namespace

TEST_CASE("Sums over ranks are those of a fixed tree, to the bit, on every rank",
          "[communicator]") {
  for (const int size : {1, 2, 4, 8}) {
    for (const size_t count : {size_t{1}, size_t{3}, size_t{1024}, size_t{1025}, size_t{5003}}) {
      CAPTURE(size, count);
      std::vector<std::vector<float>> sums(static_cast<size_t>(size));
      ThreadRanks::run(size, [&](Communicator& ranks) {
        std::vector<float>& values = sums[ranks.rank()] = terms(ranks.rank(), count);
        sum_over_ranks(ranks, values);
      });
      std::vector<float> expected;
      for (size_t i = 0; i < count; ++i) {
        expected.push_back(tree_sum(0, size, i));
      }
      for (const std::vector<float>& sum : sums) {
        REQUIRE(std::memcmp(sum.data(), expected.data(), count * sizeof(float)) == 0);
      }
    }
  }
}

TEST_CASE("Ranks find the largest of all values, and hear what each says", "[communicator]") {
  ThreadRanks::run(4, [&](Communicator& ranks) {
    std::vector<float> values = {static_cast<float>(ranks.rank()),
                                 -static_cast<float>(ranks.rank())};
    max_over_ranks(ranks, values);
    const bool is_largest = values == std::vector<float>{3, 0};
    const std::string own(static_cast<size_t>(ranks.rank()) * 5,
                          static_cast<char>('a' + ranks.rank()));
    const bool hears = gather_texts(ranks, own) ==
                       std::vector<std::string>{"", "bbbbb", "cccccccccc", "ddddddddddddddd"};
    if (!is_largest || !hears) {
      throw std::runtime_error("rank " + std::to_string(ranks.rank()));
    }
  });
}

TEST_CASE("What is not a number on one rank is not on any", "[communicator]") {
  for (const int at : {0, 1, 3}) {
    ThreadRanks::run(4, [&](Communicator& ranks) {
      std::vector<float> values = {ranks.rank() == at ? NAN : 1.0F};
      max_over_ranks(ranks, values);
      if (!std::isnan(values[0])) {
        throw std::runtime_error("rank " + std::to_string(ranks.rank()));
      }
    });
  }
}

TEST_CASE("A process by itself has nobody to exchange with", "[communicator]") {
  Alone alone;
  std::vector<double> values = {1, 2};
  sum_over_ranks(alone, values);
  CHECK(values == std::vector<double>{1, 2});
  CHECK(gather_texts(alone, "here") == std::vector<std::string>{"here"});
  CHECK_THROWS_AS(alone.exchange(1, {}, {}), Error);
}

TEST_CASE("Ranks of any number add up counts, find the largest and hear each other",
          "[communicator]") {
  for (const int size : {1, 2, 3, 5, 6, 7, 8}) {
    CAPTURE(size);
    const int64_t sum_of_ranks = int64_t{size} * (size - 1) / 2;
    ThreadRanks::run(size, [&](Communicator& ranks) {
      constexpr int64_t kLarge = int64_t{1} << 60;  // that no double holds with the rank beside it
      std::vector<int64_t> counts = {ranks.rank(), ranks.rank() == size - 1 ? kLarge + 1 : 0};
      sum_over_ranks(ranks, counts);
      REQUIRE(counts == std::vector<int64_t>{sum_of_ranks, kLarge + 1});
      std::vector<float> largest = {static_cast<float>(ranks.rank())};
      max_over_ranks(ranks, largest);
      REQUIRE(largest.front() == static_cast<float>(size - 1));
      const std::vector<std::string> texts =
          gather_texts(ranks, std::string(static_cast<size_t>(ranks.rank()), 'x'));
      for (int rank = 0; rank < size; ++rank) {
        REQUIRE(texts[rank].size() == static_cast<size_t>(rank));
      }
    });
  }
}

TEST_CASE("Of two zeros all ranks take the same one", "[communicator]") {
  ThreadRanks::run(2, [](Communicator& ranks) {
    float zero = ranks.rank() == 0 ? 0.0F : -0.0F;
    max_over_ranks(ranks, {&zero, 1});
    REQUIRE(!std::signbit(zero));
  });
}

TEST_CASE("Ranks share out every image once, in batches that their number does not change",
          "[communicator]") {
  for (const int size : {1, 2, 3, 8}) {
    std::vector<int> seen(250, 0);
    std::mutex mutex;
    int64_t shared_out = 0;
    ThreadRanks::run(size, [&](Communicator& ranks) {
      const std::vector<ImageBatch> batches = batches_of_rank(250, 100, ranks);
      const std::lock_guard lock(mutex);
      shared_out += images_in(batches);
      for (const auto& [begin, end] : batches) {
        REQUIRE(begin % 100 == 0);
        REQUIRE(end == std::min<int64_t>(begin + 100, 250));
        for (int64_t i = begin; i < end; ++i) {
          ++seen[static_cast<size_t>(i)];
        }
      }
    });
    CHECK(shared_out == 250);
    CHECK(std::ranges::all_of(seen, [](int times) { return times == 1; }));
  }
}
