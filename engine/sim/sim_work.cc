#include <algorithm>

#include "engine/sim/simulator_inl.h"

/// Work that is not simply over after its time: loops, shared CPUs, pauses, slow instances.
namespace shaketable::engine {

void Simulator::start_work_elsewhere(Visit& visit, Instance& instance, Duration work) {
  if (instance.has(kQuirkScaled)) {
    const auto scaled = static_cast<proxy::Uint128>(static_cast<std::uint64_t>(work.count())) *
                        instance.slow_ppm / instance.runtime->speed_ppm;
    work = Duration(static_cast<std::int64_t>(scaled));
  }
  if (!instance.has(kQuirkLoops)) {
    start_on_cpu(instance, visit, work);
    return;
  }
  LoopState& loop = instance.loops[visit.loop];
  visit.work = work;
  if (loop.running == kNoVisit) {
    recorder_.levels(instance.place.service).busy.add(now());
    run_on_loop(instance, loop, visit);
  } else {
    push(loop.ready, visit);
    visit.began = now();
    recorder_.levels(instance.place.service).waiting.add(now());
  }
}

void Simulator::run_on_loop(Instance& instance, LoopState& loop, Visit& visit) {
  loop.running = visit.slot();
  start_on_cpu(instance, visit, visit.work);
}

/// The loop takes the next one that was ready before this one asks for more.
void Simulator::leave_loop(Visit& visit, Instance& instance) {
  LoopState& loop = instance.loops[visit.loop];
  if (loop.ready.length > 0) {
    recorder_.levels(instance.place.service).waiting.remove(now());
    Visit& next = pop(loop.ready);
    trace_loop_wait(next);
    run_on_loop(instance, loop, next);
  } else {
    loop.running = kNoVisit;
    recorder_.levels(instance.place.service).busy.remove(now());
  }
}

void Simulator::start_on_cpu(Instance& instance, Visit& visit, Duration work) {
  if (instance.cpu != nullptr) {
    if (instance.model == RuntimeModel::kShared && instance.cpu->jobs() < instance.runtime->cpus) {
      recorder_.levels(instance.place.service).busy.add(now());
    }
    instance.cpu->add(now(), visit.slot(), work);
    set_cpu_alarm(visit.instance);
    return;
  }
  visit.pause_mark = instance.paused_by(now());
  visit.began = now();
  kernel_.schedule(now() + work, {.kind = static_cast<std::uint8_t>(SimEvent::kWorkDone),
                                  .target = visit.instance,
                                  .arg = visit.id});
}

void Simulator::start_wait(const Visit& visit, Duration wait) {
  trace_note(visit, NoteRow::Kind::kWait, 0, now() + wait);
  kernel_.schedule(now() + wait, {.kind = static_cast<std::uint8_t>(SimEvent::kWaitDone),
                                  .target = visit.instance,
                                  .arg = visit.id});
}

/// True if the work's end moves because of a pause.
bool Simulator::stretch_by_pause(Visit& visit, Instance& instance) {
  if (const Duration paused = instance.paused_total - visit.pause_mark; paused > Duration::zero()) {
    // A pause that is under way moves the end again when it is reached.
    visit.pause_mark = instance.paused_total;
    kernel_.schedule(now() + paused, {.kind = static_cast<std::uint8_t>(SimEvent::kWorkDone),
                                      .target = visit.instance,
                                      .arg = visit.id});
    return true;
  }
  if (instance.pauses > 0) {
    visit.work = now() - std::max(instance.paused_at, visit.began);
    push(instance.frozen, visit);
    return true;
  }
  return false;
}

void Simulator::on_cpu_alarm(std::uint32_t index, std::uint16_t alarm) {
  Instance& instance = instances_[index];
  if (alarm != instance.cpu_alarm) {
    return;
  }
  instance.cpu_alarm_at = proxy::kNever;
  std::uint32_t visit = 0;
  while (instance.cpu->take_ended(now(), visit)) {
    if (instance.model == RuntimeModel::kShared && instance.cpu->jobs() < instance.runtime->cpus) {
      recorder_.levels(instance.place.service).busy.remove(now());
    }
    work_ended(visits_.at_slot(visit), instance);
  }
  set_cpu_alarm(index);
}

void Simulator::set_cpu_alarm(std::uint32_t index) {
  Instance& instance = instances_[index];
  const Instant at = instance.cpu->next_end(now());
  if (at == instance.cpu_alarm_at) {
    return;
  }
  ++instance.cpu_alarm;
  instance.cpu_alarm_at = at;
  if (at != proxy::kNever) {
    kernel_.schedule(at, {.kind = static_cast<std::uint8_t>(SimEvent::kCpuAlarm),
                          .small = instance.cpu_alarm,
                          .target = index});
  }
}

}  // namespace shaketable::engine
