#include "report/drawing.h"

#include <algorithm>
#include <utility>

#include "core/markup.h"
#include "report/look.h"
#include "report/markup.h"
#include "report/numbers.h"

namespace floatsd::report {
namespace {

std::string attribute(const char* name, double value) {
  return std::string(" ") + name + "=\"" + coordinate(value) + "\"";
}

std::string classes_text(std::string_view classes) {
  return classes.empty() ? "" : " class=\"" + std::string(classes) + "\"";
}

std::string more_text(std::string_view more) { return more.empty() ? "" : " " + std::string(more); }

/// The end of an element: empty, or with what shows when it is pointed at.
std::string end_text(const char* element, std::string_view tip) {
  return tip.empty() ? "/>\n"
                     : "><title>" + as_markup(tip) + "</title></" + std::string(element) + ">\n";
}

}  // namespace

Drawing::Drawing(double width, double height, std::string title, std::string description)
    : width_(width),
      height_(height),
      title_(std::move(title)),
      description_(std::move(description)) {}

void Drawing::text(XY at, std::string_view text, const TextStyle& style) {
  fitted_text(at, text, text_width(text, style.size), style);
}

void Drawing::fitted_text(XY at, std::string_view text, double width, const TextStyle& style) {
  constexpr const char* kAnchors[] = {"", " text-anchor=\"middle\"", " text-anchor=\"end\""};
  constexpr double kUsual = 12;  // chart_style()
  const std::string shown = fitted(text, style.size, width);
  body_ += "<text" + attribute("x", at.x) + attribute("y", at.y) +
           kAnchors[static_cast<size_t>(style.anchor)] + classes_text(style.classes);
  if (style.size != kUsual) {
    body_ += attribute("font-size", style.size);
  }
  if (style.is_upright) {
    body_ += " transform=\"rotate(-90 " + coordinate(at.x) + " " + coordinate(at.y) + ")\"";
  }
  body_ += ">" + as_markup(shown);
  if (text_width(text, style.size) > width) {
    constexpr size_t kMostOfTip = 400;
    body_ += "<title>" + as_markup(shortened(text, kMostOfTip)) + "</title>";
  }
  body_ += "</text>\n";
}

void Drawing::line(XY from, XY to, std::string_view classes, std::string_view more) {
  body_ += "<line" + attribute("x1", from.x) + attribute("y1", from.y) + attribute("x2", to.x) +
           attribute("y2", to.y) + classes_text(classes) + more_text(more) + "/>\n";
}

void Drawing::rectangle(const Box& box, std::string_view classes, std::string_view tip,
                        std::string_view more) {
  body_ += "<rect" + attribute("x", box.left) + attribute("y", box.top) +
           attribute("width", box.width) + attribute("height", box.height) + classes_text(classes) +
           more_text(more) + end_text("rect", tip);
}

void Drawing::circle(XY centre, double radius, std::string_view classes, std::string_view tip) {
  body_ += "<circle" + attribute("cx", centre.x) + attribute("cy", centre.y) +
           attribute("r", radius) + classes_text(classes) + end_text("circle", tip);
}

void Drawing::path(std::string_view commands, std::string_view classes, std::string_view more) {
  body_ += "<path d=\"" + std::string(commands) + "\"" + classes_text(classes) + more_text(more) +
           "/>\n";
}

std::string Drawing::begin(double above) const {
  const std::string height = coordinate(height_ + above);
  std::string text = "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"chart\" role=\"img\"";
  text += " width=\"" + coordinate(width_) + "\" height=\"" + height + "\" viewBox=\"0 " +
          coordinate(-above) + " " + coordinate(width_) + " " + height + "\"";
  text += " aria-label=\"" + as_markup(title_) + "\">\n<title>" + as_markup(title_) + "</title>\n";
  return description_.empty() ? text : text + "<desc>" + as_markup(description_) + "</desc>\n";
}

std::string Drawing::svg() const { return begin(0) + body_ + "</svg>\n"; }

std::string Drawing::file() const {
  constexpr double kAbove = 34;
  constexpr double kMargin = 10;
  constexpr double kTitleSize = 15;
  Drawing framed = *this;
  framed.body_.clear();
  framed.rectangle({0, -kAbove, width_, height_ + kAbove}, "paper");
  framed.fitted_text({kMargin, -12}, title_, width_ - 2 * kMargin,
                     {.classes = "title", .size = kTitleSize});
  return begin(kAbove) + "<style>" + chart_style() + "</style>\n" + framed.body_ + body_ +
         "</svg>\n";
}

}  // namespace floatsd::report
