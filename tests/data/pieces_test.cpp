#include "data/pieces.h"

#include <utility>
#include <vector>

#include "catch.h"

using floatsd::data::Dataset;

TEST_CASE("Pieces have every image once, in order, and the last one may be shorter", "[pieces]") {
  const Dataset five{
      .count = 5, .channels = 1, .height = 1, .width = 2, .images = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9}};
  std::vector<std::pair<int64_t, int64_t>> pieces;
  std::vector<uint8_t> pixels;
  int64_t told = 0;
  floatsd::Work work([&](const floatsd::WorkDone& progress) { told = progress.done; }, "walk",
                     "images", 5);
  floatsd::data::for_each_piece(five, 2, work, [&](int64_t begin, int64_t end) {
    pieces.emplace_back(begin, end);
    const auto bytes = floatsd::data::pixel_bytes(five, begin, end);
    pixels.insert(pixels.end(), bytes.begin(), bytes.end());
  });
  CHECK(pieces == std::vector<std::pair<int64_t, int64_t>>{{0, 2}, {2, 4}, {4, 5}});
  CHECK(pixels == five.images);
  CHECK(told == 5);
}
