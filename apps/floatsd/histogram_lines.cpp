#include "histogram_lines.h"

#include <algorithm>
#include <cstdio>
#include <string>

namespace floatsd::app {

void print_histogram(const std::map<int64_t, int64_t>& histogram) {
  constexpr size_t kFew = 32;
  constexpr int64_t kWidth = 40;
  int64_t total = 0;
  int64_t most = 1;
  for (const auto& [value, count] : histogram) {
    total += count;
    most = std::max(most, count);
  }
  const auto percent = [&](int64_t count) {
    return 100.0 * static_cast<double>(count) / static_cast<double>(total);
  };
  if (histogram.size() > kFew) {
    const auto zero = histogram.find(0);
    std::printf("    levels %lld..%lld, %.1f %% zero\n",
                static_cast<long long>(histogram.begin()->first),
                static_cast<long long>(histogram.rbegin()->first),
                zero == histogram.end() ? 0.0 : percent(zero->second));
    return;
  }
  for (const auto& [value, count] : histogram) {
    std::printf("    %4lld %9lld %5.1f %%  %s\n", static_cast<long long>(value),
                static_cast<long long>(count), percent(count),
                std::string(static_cast<size_t>(kWidth * count / most), '#').c_str());
  }
}

}  // namespace floatsd::app
