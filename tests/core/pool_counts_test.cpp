#include "floatsd/core/pool_counts.h"

#include "catch.h"
#include "floatsd/core/error.h"

using namespace floatsd;

namespace {

using Counts = std::vector<int64_t>;

}  // namespace

TEST_CASE("Windows that lie partly in the padding hold fewer pixels", "[pool]") {
  const Window window{.size = 3, .stride = 2, .padding = 1};
  const ActivationShape in{1, 5, 6};
  const PoolCounts pixels = count_pooled(window, in, PaddingCounts::kNo);
  CHECK(pixels.rows == Counts{2, 3, 2});     // -1..1, 1..3, 3..5
  CHECK(pixels.columns == Counts{2, 3, 3});  // -1..1, 1..3, 3..5
  CHECK(pixels.distinct() == Counts{4, 6, 9});
  const PoolCounts padded = count_pooled(window, in, PaddingCounts::kYes);
  CHECK(padded.rows == Counts{3, 3, 3});
  CHECK(padded.distinct() == Counts{9});
}

TEST_CASE("What lies beyond the padding never counts", "[pool]") {
  // Rounded up, a last window begins at row 4 of 5 and ends beyond the padding of 1.
  const Window window{
      .size = 3, .stride = 3, .padding = {2, 0, 1, 0}, .dilation = 1, .ceil_mode = true};
  const ActivationShape in{1, 5, 3};
  CHECK(window.rows(5) == 3);
  CHECK(count_pooled(window, in, PaddingCounts::kNo).rows == Counts{1, 3, 1});
  CHECK(count_pooled(window, in, PaddingCounts::kYes).rows == Counts{3, 3, 2});
}

TEST_CASE("A dilated window counts its own places", "[pool]") {
  const Window window{.size = 3, .stride = 1, .padding = 2, .dilation = 2};
  CHECK(count_pooled(window, {1, 3, 3}, PaddingCounts::kNo).rows == Counts{2, 1, 2});
}

TEST_CASE("Rounded up, a window begins inside the image or the padding before it", "[pool]") {
  const auto rows = [](int64_t height, int size, int stride, int padding) {
    return Window{
        .size = size, .stride = stride, .padding = padding, .dilation = 1, .ceil_mode = true}
        .rows(height);
  };
  CHECK(rows(5, 2, 2, 0) == 3);
  CHECK(rows(6, 2, 2, 0) == 3);
  CHECK(rows(2, 3, 2, 0) == 1);  // larger than the image
  CHECK(rows(1, 4, 2, 0) == 0);
  CHECK(rows(4, 2, 3, 1) == 2);  // a third would begin at row 5, behind the image
}

TEST_CASE("A pool of which a window would hold nothing but padding is refused", "[pool]") {
  CHECK_THROWS_WITH(pool_shape({.size = 2, .stride = 1, .padding = 2}, {1, 4, 4}),
                    "a window of 2 x 2 would hold nothing but padding");
  CHECK_THROWS_AS(pool_shape({.size = 2, .stride = 1, .padding = 1, .dilation = 2}, {1, 1, 1}),
                  Error);
  CHECK(pool_shape({.size = 3, .stride = 2, .padding = 1}, {7, 5, 6}) == ActivationShape{7, 3, 3});
}

TEST_CASE("Shapes are joined along their channels, and flattened", "[pool]") {
  const std::vector<ActivationShape> shapes = {{2, 3, 4}, {5, 3, 4}};
  CHECK(concat_shape(shapes) == ActivationShape{7, 3, 4});
  const std::vector<ActivationShape> other = {{2, 3, 4}, {5, 4, 3}};
  CHECK_THROWS_WITH(concat_shape(other),
                    "inputs of shapes [2, 3, 4] and [5, 4, 3], expected as many rows and columns");
  CHECK(flat_shape({2, 3, 4}) == ActivationShape{24, 1, 1});
  CHECK_THROWS_AS(flat_shape({64, 64, 64}), Error);
}
