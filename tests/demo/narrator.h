// What the demo prints: a heading per scene, what is done, and every event as it arrives.
//
// Colours only when standard output is a terminal and NO_COLOR is not set.
//
// Threads: safe from any thread; lines never mix.
// Ownership: none.

#pragma once

#include <mutex>
#include <string>

#include "sluice/v1/event.pb.h"
#include "sluice/v1/money.pb.h"

namespace sluice::demo {

// "12.34 AED"; empty for no amount.
std::string FormatMoney(const v1::Money& money);

// A short name: "orders/A-1" of "merchants/demo/orders/A-1".
std::string ShortName(const std::string& name);

class Narrator {
 public:
  Narrator();

  void Heading(const std::string& text);
  void Say(const std::string& text);      // What we do, or what it means.
  void Raw(const std::string& text);      // As it is, for example a drawing.
  void Good(const std::string& text);     // Something was proved.
  void Trouble(const std::string& text);  // To standard error.
  void Show(const v1::Event& event);

 private:
  std::string Paint(const char* colour, const std::string& text) const;

  const bool colours_;
  std::mutex mutex_;
};

}  // namespace sluice::demo
