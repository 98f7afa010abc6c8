// What the state machines have in common: a table of transitions, looked up.
//
// A table is data: {from, event, to}. What is not in it does not happen: Next() answers nullopt and
// the state stays. Tests visit every state with every event.
//
// Threads: pure, constexpr. Ownership: none.

#pragma once

#include <array>
#include <cstddef>
#include <optional>

namespace sluice {

template <typename State, typename Event>
struct Transition {
  State from;
  Event event;
  State to;
};

template <typename State, typename Event, size_t N>
constexpr std::optional<State> FindTransition(const std::array<Transition<State, Event>, N>& table,
                                              State from, Event event) {
  for (const Transition<State, Event>& transition : table) {
    if (transition.from == from && transition.event == event) return transition.to;
  }
  return std::nullopt;
}

}  // namespace sluice
