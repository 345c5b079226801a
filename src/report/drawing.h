#pragma once
// Drawing: an SVG under construction. Every chart is one.

#include <string>
#include <string_view>

namespace floatsd::report {

struct XY {
  double x = 0, y = 0;
};

struct Box {
  double left = 0, top = 0, width = 0, height = 0;
  [[nodiscard]] double right() const { return left + width; }
  [[nodiscard]] double bottom() const { return top + height; }
};

enum class Anchor { kStart, kMiddle, kEnd };

/// How a text stands: `at` is the end of it that `anchor` says, on its base line.
struct TextStyle {
  Anchor anchor = Anchor::kStart;
  const char* classes = "";  ///< of the chart's style: "soft", "halo"
  double size = 12;
  bool is_upright = false;  ///< reads from below to above
};

/// Positions are in pixels of a drawing of that size. All texts are escaped here.
class Drawing {
 public:
  /// `title` and `description` are for whoever cannot see it; a file of its own has the title above
  /// the drawing.
  Drawing(double width, double height, std::string title, std::string description = {});

  void text(XY at, std::string_view text, const TextStyle& style = {});
  /// The text cut to `width`; then the whole one shows when pointed at.
  void fitted_text(XY at, std::string_view text, double width, const TextStyle& style = {});
  void line(XY from, XY to, std::string_view classes, std::string_view more = {});
  /// With a text to show when pointed at, if there is one.
  void rectangle(const Box& box, std::string_view classes, std::string_view tip = {},
                 std::string_view more = {});
  void circle(XY centre, double radius, std::string_view classes, std::string_view tip = {});
  void path(std::string_view commands, std::string_view classes, std::string_view more = {});

  [[nodiscard]] double width() const { return width_; }
  [[nodiscard]] double height() const { return height_; }

  /// As part of a page with chart_style().
  [[nodiscard]] std::string svg() const;
  /// As a file: with its style, its title, and a ground.
  [[nodiscard]] std::string file() const;

 private:
  /// The tag, and what is for whoever cannot see it.
  [[nodiscard]] std::string begin(double above) const;

  double width_, height_;
  std::string title_, description_, body_;
};

}  // namespace floatsd::report
