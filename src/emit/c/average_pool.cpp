// The mean of each window.

#include <algorithm>
#include <numeric>

#include "emit/c/array.h"
#include "emit/c/fill.h"
#include "emit/c/operator.h"
#include "emit/c/pool.h"
#include "emit/c/rounding.h"
#include "emit/c/window.h"

namespace floatsd::emit::c {
namespace {

using std::to_string;

std::string sum_codes() {
  return fill(R"(/* A channel's codes in one window, less the code of 0; padding adds nothing. */
static int32_t sum_codes(const struct window *window, const uint8_t *in, int32_t row,
                         int32_t first_column, uint32_t first_place, uint8_t zero)
{
  int32_t sum = 0;
  uint16_t i, j;
$loop  return sum;
}

)",
              {{"loop", loop_over_positions("sum += (int32_t)in[place] - zero;", "")}});
}

/// Of rows or columns of windows: the different numbers of values that one holds, by where each
/// occurs first, and the place of each one's number among them.
struct Counts {
  std::vector<int64_t> first_at;
  std::vector<int64_t> places;
};

Counts different_counts(const std::vector<int64_t>& counts) {
  Counts result;
  for (size_t i = 0; i < counts.size(); ++i) {
    const auto known = std::find_if(result.first_at.begin(), result.first_at.end(),
                                    [&](int64_t first) { return counts[first] == counts[i]; });
    result.places.push_back(known - result.first_at.begin());
    if (known == result.first_at.end()) {
      result.first_at.push_back(static_cast<int64_t>(i));
    }
  }
  return result;
}

/// The C of a mean whose windows hold different numbers of values: the window at (y, x) has its
/// multiplier at rows[y] + columns[x].
class UnequalMeans {
 public:
  UnequalMeans(const runtime::AveragePool& pool, const Site& site) : id_(site.id) {
    const PoolCounts counts = pool_counts(pool, site.in[0]);
    const Counts rows = different_counts(counts.rows);
    const Counts columns = different_counts(counts.columns);
    for (const int64_t y : rows.first_at) {
      for (const int64_t x : columns.first_at) {
        multipliers_.push_back(multiplier_at(pool, site.in[0], y, x));
      }
    }
    for (const int64_t place : rows.places) {
      rows_.push_back(place * static_cast<int64_t>(columns.first_at.size()));
    }
    columns_ = columns.places;
  }

  [[nodiscard]] std::string constants() const {
    return fixed_points(multipliers_, id_, rounding_of(multipliers_)) +
           array<int64_t>("uint32_t", id_ + "_rows", rows_) +
           array<int64_t>("uint16_t", id_ + "_columns", columns_);
  }

  [[nodiscard]] int64_t bytes() const {
    const size_t places = sizeof(uint32_t) * rows_.size() + sizeof(uint16_t) * columns_.size();
    return fixed_point_bytes(rounding_of(multipliers_)) *
               static_cast<int64_t>(multipliers_.size()) +
           static_cast<int64_t>(places);
  }

  /// What writes the code of `sum`.
  [[nodiscard]] std::string statements(int32_t zero_point) const {
    return "const uint32_t by = " + id_ + "_rows[y] + " + id_ + "_columns[x];\n        *out++ = " +
           code_of("sum", rounding_of(multipliers_), id_ + "_multipliers[by]", id_ + "_shifts[by]",
                   zero_point) +
           ";";
  }

 private:
  std::string id_;
  std::vector<FixedPoint> multipliers_;  ///< by rows, then columns
  std::vector<int64_t> rows_, columns_;
};

}  // namespace

OperatorC write_operator(const runtime::AveragePool& pool, const Site& site) {
  const std::string sum = "const int32_t sum = sum_codes(window, in + c, row, column, place, " +
                          to_string(site.in_qparams[0].zero_point) + ");\n        ";
  OperatorC c;
  if (pool.multipliers.size() == 1) {
    c = write_pool(
        pool.window,
        sum + "*out++ = " + code_of("sum", pool.multipliers[0], pool.output.zero_point) + ";",
        site);
  } else {
    const UnequalMeans means(pool, site);
    c = write_pool(pool.window, sum + means.statements(pool.output.zero_point), site);
    c.definitions = means.constants() + c.definitions;
    c.other_bytes = means.bytes();
  }
  c.functions.insert(c.functions.end(),
                     {sum_codes(), rounding_function(rounding_of(pool.multipliers))});
  c.title = "mean of " + describe(pool.window.size);
  const std::vector<int64_t> held =
      count_pooled(pool.window, site.in[0], PaddingCounts::kNo).by_pixel();
  c.operations = {.additions = 2 * site.in[0].channels *
                               std::accumulate(held.begin(), held.end(), int64_t{0})};
  c.operations += site.out.size() * rounding_operations(rounding_of(pool.multipliers));
  return c;
}

}  // namespace floatsd::emit::c
