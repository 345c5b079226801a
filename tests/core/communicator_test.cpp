#include "floatsd/core/communicator.h"

#include <cmath>
#include <cstring>
#include <vector>

#include "catch.h"
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
