#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "engine/kernel/kernel.h"
#include "engine/kernel/wake_ups.h"
#include "engine/mesh/compile.h"
#include "engine/record/run_record.h"
#include "engine/scenario/model.h"
#include "engine/sim/event_log.h"
#include "engine/sim/recorder.h"
#include "engine/sim/shapes.h"
#include "engine/sim/simulation.h"
#include "engine/sim/slab.h"
#include "engine/sim/tracer.h"
#include "engine/sim/visit.h"
#include "engine/world/autoscaler.h"
#include "engine/world/certificates.h"
#include "engine/world/instance.h"
#include "engine/world/network.h"
#include "engine/world/plan.h"
#include "loadgen/core/open_loop.h"
#include "loadgen/core/virtual_users.h"
#include "proxy/base/deadline_queue.h"
#include "proxy/base/grpc_status.h"
#include "proxy/core/sidecar.h"
#include "proxy/core/worker.h"

namespace shaketable::engine {

/// The inside of a Simulation: world, sidecars and load on one kernel.
///
/// One request between services passes, in this order: `begin_call` (caller's application) ->
/// caller's Sidecar -> `send_attempt` -> network -> `on_request_arrives` -> callee's Sidecar ->
/// `enter_application` -> `run_visit` ... `end_visit` -> callee's Sidecar -> `send_response` ->
/// network -> `on_response_arrives` -> caller's Sidecar -> `end_call`. Each file has one part, see
/// README.md. This straight way is in headers (`calls_inl.h`, `transport_inl.h`,
/// `execution_inl.h`), so that the loop in simulator.cc takes it without a call a step; what leaves
/// it is in .cc files.
class Simulator {
 public:
  Simulator(const Scenario& scenario, SimulationOptions options);
  /// The sidecars need not tidy up what the worker forgets as a whole.
  ~Simulator() { worker_.forget_all(); }
  Simulator(const Simulator&) = delete;
  Simulator& operator=(const Simulator&) = delete;

  void run_until(Instant end);
  std::uint64_t step(std::uint64_t count);
  void pause() { kernel_.pause(); }
  void inject(const Fault& fault);
  [[nodiscard]] std::vector<BreakerLevel> breakers() const;
  [[nodiscard]] RunRecord peek_record();
  [[nodiscard]] RunRecord take_record();
  [[nodiscard]] LiveRecord live() const {
    return {recorder_.series(), recorder_.gauges(), log_.events()};
  }

  [[nodiscard]] Instant now() const { return kernel_.now(); }
  [[nodiscard]] Instant end() const { return end_; }
  [[nodiscard]] bool finished() const { return finished_; }
  [[nodiscard]] std::uint64_t events() const { return kernel_.events(); }
  [[nodiscard]] std::uint64_t hops() const { return hops_; }
  [[nodiscard]] std::uint64_t fingerprint() const;
  [[nodiscard]] std::uint64_t draws() const;
  [[nodiscard]] std::uint64_t in_flight() const { return open_calls_; }
  [[nodiscard]] std::uint64_t pending_events() const { return kernel_.pending(); }
  [[nodiscard]] const std::vector<Fault>& journal() const { return journal_; }
  [[nodiscard]] const std::vector<std::int64_t>& samples() const { return samples_; }
  [[nodiscard]] const QueueSamples& queue_samples() const { return queue_samples_; }
  void forget_samples();

  /// What exists at this moment: everything is zero once all requests have ended.
  struct Census {
    std::size_t calls = 0, visits = 0, client_timers = 0;
    std::size_t streams = 0, attempts = 0, connections = 0;  ///< Of the sidecars.
  };
  [[nodiscard]] Census census() const {
    return {open_calls_,
            visits_.size(),
            client_timers_.size(),
            worker_.streams.size(),
            worker_.attempt_count(),
            worker_.connections.size()};
  }

 private:
  /// The sidecar configuration of one service, and the clusters' endpoints.
  struct Workload {
    std::shared_ptr<proxy::CompiledConfig> config;
    std::vector<ClusterBinding> bindings;
  };
  /// One entry of `load:` at work.
  struct Generator {
    std::unique_ptr<loadgen::OpenLoop> open;  ///< Of a plain open loop; else
    std::unique_ptr<loadgen::VirtualUsers> users;
    std::unique_ptr<loadgen::LoadPlan> plan;  ///< The users'.
    std::vector<Outgoing> requests;           ///< By the number that journeys use.
    std::vector<Duration> timeouts;           ///< Of its clients, by request; 0 = none.
  };
  /// A service whose number of instances an autoscaler decides.
  struct ScaledService {
    explicit ScaledService(const Autoscale& settings) : scaler(settings) {}
    Autoscaler scaler;
    Level capacity;                                      ///< ServiceLevels::capacity over time.
    std::uint64_t busy_before = 0, capacity_before = 0;  ///< Integrals when it looked last.
  };
  /// A rolling update under way.
  struct Rollout {
    std::uint32_t fault = kNone;
    VersionIndex from = 0, to = 0;
    std::uint32_t replicas = 0;        ///< That there are to be of `to`, of this update.
    std::vector<std::uint32_t> old;    ///< Instances that are still to go, oldest first.
    std::vector<std::uint32_t> fresh;  ///< Those that have come for them.
  };
  /// A change of who serves that is not known everywhere yet.
  struct Announcement {
    Instant due;
    std::uint32_t instance = kNone;
    bool serves = false;
  };
  /// An upstream connection of some sidecar, by the slot of its ConnectionId.
  struct ConnectionEnds {
    proxy::ConnectionId id = 0;
    std::uint32_t caller = kNone;
    std::uint32_t callee = kNone;
  };
  /// A link delay that every message of a kind has, as a lane of the kernel.
  struct PlainLink {
    Duration delay{0};
    LaneId lane;
  };
  static constexpr int kMostNested = 64;
  static constexpr std::uint32_t kLocalHost = 0xffff'fff0U;  ///< HostConfig::id of the own app.
  static constexpr proxy::ClusterIndex kInboundCluster = 0;  ///< See compile_workload.
  /// From so many instances, or visits at once, on a hop waits for memory, unless that is asked for
  /// in time.
  static constexpr std::size_t kManyInstances = 200;
  static constexpr std::size_t kManyVisits = 50'000;
  static constexpr std::size_t kStages = 6;

  // ---- construction (sim_setup.cc)
  void create_instances();
  std::uint32_t create_instance(ServiceIndex service, VersionIndex version, std::uint32_t number);
  void schedule_gc_pause(std::uint32_t instance);
  [[nodiscard]] std::vector<Workload> compile_workloads(const Mesh& mesh) const;
  void create_generators();
  [[nodiscard]] Generator generator_of(const Load& load, const proxy::Rng& rng) const;
  void schedule_start();
  [[nodiscard]] std::shared_ptr<const proxy::HostSet> hosts_of(const ClusterBinding& binding) const;
  void register_links();
  void find_usual_routes();

  // ---- the loop (simulator.cc)
  void handle(EventBody event);
  void handle_once(const Event& event);
  void handle_rare(std::uint8_t kind, std::uint8_t flags, std::uint16_t small, std::uint32_t target,
                   std::uint64_t arg);
  void settle();
  void read_telemetry();
  RunRecord finish_record(Recorder& recorder, EventLog& log, Tracer& tracer);

  // ---- foresight (foresight_inl.h)
  template <int kStage>
  void foresee(const Event& event);
  void foresee_response(int stage, const Event& event, const Visit& visit);
  void foresee_entry(int step, const Visit& visit);
  void foresee_step(int step, const Visit& visit);
  void foresee_stream(std::uint32_t slot);

  // ---- callers (calls_inl.h, sim_calls.cc)
  void begin_call(Visit& caller, const Op& op);
  Visit* new_direct_visit(CallId id, const Outgoing& call);
  void send_direct(Visit& visit);
  void end_call(CallId id, std::uint16_t status, std::uint32_t flags, std::uint32_t attempts);
  void end_step_call(CallId id, std::uint16_t status, std::uint32_t flags, std::uint32_t attempts);
  void end_load_call(CallId id, std::uint16_t status, std::uint32_t flags);
  void on_call_timeout(CallId id);
  void abandon_call(Visit& caller);
  void forget_call(Visit& caller);
  void cancel_direct(VisitId direct, std::uint32_t from);
  [[nodiscard]] Visit* find_caller(CallId id);
  [[nodiscard]] static CallId next_call_id(const Visit& caller) {
    constexpr CallId kNumbers = CallId{0x1fff'ffff} << 32;
    return kStepCall | ((caller.last_call + (CallId{1} << 32)) & kNumbers) | caller.slot();
  }
  [[nodiscard]] Outgoing outgoing_of(const Visit& caller) const {
    const Op& op = op_of_call(caller);
    return {caller.instance, op.service, op.endpoint, caller.headers};
  }
  /// The step that makes the visit's current call.
  [[nodiscard]] const Op& op_of_call(const Visit& caller) const {
    return plans_.ops[caller.op - 1];
  }

  // ---- proxies (transport_inl.h, sim_proxies.cc)
  proxy::Sidecar& sidecar(std::uint32_t instance);
  proxy::Sidecar& make_sidecar(std::uint32_t instance);
  void carry_out_actions();
  void carry_out_rare(proxy::Action action);
  void open_connection(const proxy::Action& action);
  void close_connection(const proxy::Action& action);
  void send_attempt(const proxy::Action& action);
  void forget_attempt(const proxy::Action& action);
  void end_stream(const proxy::Action& action);
  void deliver_cancel(const proxy::Action& action);
  void on_connect_done(EventBody event);
  Visit& detach_transport(Visit& working);
  void apply_rewrite(const proxy::Route& route, Visit& visit) const;
  void find_endpoint_elsewhere(const Outgoing& call, Visit& visit) const;
  [[nodiscard]] bool has_sidecar(std::uint32_t instance) const {
    return instance != kNone && instances_[instance].has_sidecar;
  }

  // ---- network (transport_inl.h, sim_network.cc)
  Visit& new_visit(std::uint64_t origin, const Outgoing& call, std::uint32_t callee);
  void send_request(Visit& visit);
  void on_request_arrives(Visit& visit);
  void reject_arrival(Visit& visit);
  void on_request_ready(Visit& visit);
  void send_response(Visit& visit);
  void on_response_arrives(Visit& visit);
  void on_response_ready(Visit& visit);
  void on_cancel_arrives(Visit& visit);
  void send_message(SimEvent kind, Visit& visit, std::uint32_t from, std::uint32_t to,
                    Instant departure);
  void send_unusual(SimEvent kind, Visit& visit, std::uint32_t from, std::uint32_t to,
                    Instant departure);
  void on_undeliverable(SimEvent kind, Visit& visit, Instant departure);
  void schedule_ready(SimEvent kind, const Visit& visit, std::uint32_t instance, Instant ready);
  [[nodiscard]] Duration link_delay(Instant departure, std::uint32_t from, std::uint32_t to,
                                    const Retransmission& again = kDataRetransmission);
  [[nodiscard]] LinkEnd link_end(std::uint32_t instance, std::uint32_t other) const;
  // ---- narrow links (sim_pipes.cc)
  void send_through_pipes(SimEvent kind, Visit& visit, std::uint32_t from, std::uint32_t to,
                          Instant departure);
  void on_pipe_reached(SimEvent kind, Visit& visit);
  void deliver_at(Instant arrival, SimEvent kind, Visit& visit, std::uint32_t to);
  [[nodiscard]] std::uint32_t bytes_of(SimEvent kind, const Visit& visit) const;
  void start_bandwidth(std::uint32_t fault);

  [[nodiscard, gnu::always_inline]] Instant through_proxy(Instance& instance) {
    return instance.proxy_cpu.serve(now(), instance.proxy_work) + instance.proxy_latency;
  }
  [[nodiscard]] bool is_same_zone(std::uint32_t from, std::uint32_t to) const {
    return has_one_zone_ || from == kNone || to == kNone ||
           instances_[from].place.zone == instances_[to].place.zone;
  }

  // ---- applications (execution_inl.h, sim_execution.cc, sim_work.cc)
  void enter_application(Visit& visit);
  void admit(Visit& visit, Instance& instance);
  bool take_place(Visit& visit, Instance& instance);
  void begin_execution(Visit& visit, Instance& instance);
  void begin_unusually(Visit& visit, Instance& instance, bool is_hit);
  void run_visit(Visit& visit);
  void start_work(Visit& visit, Instance& instance, Duration work);
  void start_wait(const Visit& visit, Duration wait);
  void start_parallel(Visit& visit, const Op& op);
  void end_branch(Visit& branch);
  [[nodiscard]] bool is_orphan(const Visit& visit);
  [[nodiscard]] bool stops_here(Visit& visit, const Instance& instance);
  void start_work_elsewhere(Visit& visit, Instance& instance, Duration work);
  void run_on_loop(Instance& instance, LoopState& loop, Visit& visit);
  void start_on_cpu(Instance& instance, Visit& visit, Duration work);
  void on_work_done(Visit& visit);
  bool stretch_by_pause(Visit& visit, Instance& instance);
  void work_ended(Visit& visit, Instance& instance);
  void leave_loop(Visit& visit, Instance& instance);
  void on_cpu_alarm(std::uint32_t instance, std::uint16_t alarm);
  void set_cpu_alarm(std::uint32_t instance);
  void end_visit(Visit& visit, Instance& instance);
  void answer(Visit& visit);
  void refuse(Visit& visit);
  void leave(Visit& visit, Instance& instance);
  void leave_unusually(const Visit& visit, Instance& instance);
  void let_next_in(Instance& instance);
  void cancel_visit(Visit& visit);
  void cancel_branches(Visit& visit);
  void link_branch(Visit& step, Visit& branch);
  void unlink_branch(Visit& step, const Visit& branch);
  void free_visit(Visit& visit) {
    if (is_tracing_) [[unlikely]] {
      tracer_.on_freed(visit, now());
    }
    visits_.erase(visit);
  }
  void keep_found(const Instance& instance);
  void keep_wait(const Instance& instance, const Visit& visit, bool gave_up);
  void push(VisitQueue& queue, Visit& visit);
  Visit& pop(VisitQueue& queue);

  // ---- who follows requests (sim_traces.cc)
  void start_tracing();
  void read_decisions();
  void finish_traces(Tracer& tracer, RunRecord& record);
  void trace_call(const Visit& caller, const Op& op);
  void trace_call_end(const Visit& caller, std::uint16_t status, std::uint32_t flags,
                      std::uint32_t attempts);
  void trace_attempt(const proxy::Action& action, const Visit& caller, const Visit& visit);
  void trace_direct(CallId id, const Visit& visit);
  void trace_answer(const Visit& visit, Instant departure);
  void trace_note(const Visit& visit, NoteRow::Kind kind, std::uint64_t a = 0,
                  Instant until = kNotYet);
  void trace_note_of_call(CallId id, NoteRow::Kind kind);
  void trace_abandoned(const Visit& caller);
  void trace_loop_wait(const Visit& visit);

  // ---- load (sim_load.cc)
  void on_load_wake(std::uint32_t load);
  void send_load(std::uint32_t load, std::uint32_t request, std::uint32_t worker,
                 std::uint32_t journey, Instant intended);
  void refuse_load(LoadCall& call, const Outgoing& asked);
  void want_load(std::uint32_t load);
  void wake_for_load(std::uint32_t load);

  // ---- what goes wrong (sim_faults.cc)
  void on_fault(std::uint32_t fault, bool starts);
  void start_fault(std::uint32_t fault);
  void stop_fault(std::uint32_t fault);
  void on_fault_rises(std::uint32_t fault, std::uint32_t step);
  void take_ramp_step(std::uint32_t fault, std::uint32_t step);
  [[nodiscard]] const Fault& full_fault(std::uint32_t fault) const;
  bool apply_request_faults(Visit& visit, Duration& delay);
  [[nodiscard]] bool is_from(const FaultTarget& caller, const Visit& visit) const;
  [[nodiscard]] std::vector<std::uint32_t> targets_of(const Fault& fault) const;
  [[nodiscard]] bool hits(const Fault& fault, std::uint32_t instance) const;
  void kill(std::uint32_t instance, Duration restart_after, const char* how);
  void report_down(const Instance& instance, std::string how);
  void restart(std::uint32_t instance, const char* how);
  void begin_to_mark_pauses(std::uint32_t instance);
  void pause_instance(std::uint32_t instance);
  void resume_instance(std::uint32_t instance);
  void on_gc_pause(std::uint32_t instance, bool starts);
  void set_slow(std::uint32_t instance);
  void set_load_factor(const Fault& fault);
  void push_config(std::uint32_t fault);
  void on_config_arrives(std::uint32_t instance, std::uint32_t fault);
  void end_instance(std::uint32_t instance);
  void change_capacity(const Instance& instance, bool up);
  void drop_visits_of(std::uint32_t instance);
  void count_lost_client(const Visit& visit, Duration latency);
  void reset_caller(CallId call, std::uint32_t from, std::uint32_t caller);
  void empty_queues(std::uint32_t instance, std::int64_t hanging);

  // ---- who serves, as others know it (sim_discovery.cc)
  void announce(std::uint32_t instance, bool serves);
  void announce(std::uint32_t instance, bool serves, Duration delay);
  void on_discovery(ServiceIndex service);
  [[nodiscard]] Duration discovery_delay(ServiceIndex service) const;
  void hurry_discovery(ServiceIndex service);
  void resolve(ServiceIndex service);

  // ---- machines, memory, caches (sim_nodes.cc, sim_leaks.cc)
  void lose_node(std::uint32_t fault);
  void bring_node_back(std::uint32_t fault);
  [[nodiscard]] std::uint32_t node_of(const Place& place, std::uint32_t turn) const;
  [[nodiscard]] bool find_node(Instance& instance);
  void cut_off(Instance& instance, bool is_cut_off);
  void start_leak(std::uint32_t fault);
  void stop_leak(std::uint32_t fault);
  void leak_slots(std::uint32_t fault);
  void leak_slot(std::uint32_t instance);
  void give_slots_back(Instance& instance);
  void flush_caches(std::uint32_t fault);
  void lose_memory(Instance& instance, std::uint32_t fault);
  void on_out_of_memory(std::uint32_t instance, std::uint32_t fault);
  [[nodiscard]] bool is_lost_from_cache(const Visit& visit, Instance& instance);

  // ---- rolling updates (sim_rollouts.cc)
  void start_rollout(std::uint32_t fault);
  void stop_rollout(std::uint32_t fault);
  void advance_rollout(ServiceIndex service);
  [[nodiscard]] bool step_rollout(Rollout& rollout);
  [[nodiscard]] bool is_rolling(ServiceIndex service, VersionIndex version) const;
  void resize_rollout(ServiceIndex service, std::uint32_t replicas);
  // ---- certificates and clocks (sim_certificates.cc)
  void move_clocks(std::uint32_t fault, bool back);
  void join_clock_skews(std::uint32_t instance);
  [[nodiscard]] bool is_handshake_refused(std::uint32_t caller, std::uint32_t callee);
  [[nodiscard]] bool has_tls(std::uint32_t callee) const {
    return scenario_.mesh.network.tls && has_sidecar(callee);
  }

  // ---- instances that come and go (sim_scaling.cc)
  void start_autoscalers();
  void on_autoscale(ServiceIndex service);
  void scale(ServiceIndex service, VersionIndex version, std::uint32_t wanted, std::string why,
             std::uint32_t fault);
  std::vector<std::uint32_t> start_instances(ServiceIndex service, VersionIndex version,
                                             std::uint32_t count);
  void start_instance(std::uint32_t instance);
  void take_away_instance(std::uint32_t instance);
  void on_ready(std::uint32_t instance, std::uint16_t generation);
  void on_gone(std::uint32_t instance, std::uint16_t generation);
  void start_scale_fault(std::uint32_t fault);
  void stop_scale_fault(std::uint32_t fault);
  void join_faults(std::uint32_t instance);
  [[nodiscard]] std::vector<std::uint32_t> wanted_instances(ServiceIndex service,
                                                            VersionIndex version) const;
  [[nodiscard]] std::uint32_t wanted_count(ServiceIndex service, VersionIndex version) const;

  const Scenario& scenario_;
  SimulationOptions options_;
  proxy::Rng master_;
  Kernel kernel_;
  Plans plans_;
  Shapes shapes_;
  Recorder recorder_;
  EventLog log_;
  Tracer tracer_;
  NetworkModel network_;
  Certificates certificates_;
  proxy::Worker worker_;
  proxy::DeadlineQueue client_timers_;
  WakeUps core_wake_{static_cast<std::uint8_t>(SimEvent::kCoreDeadline)};
  WakeUps client_wake_{static_cast<std::uint8_t>(SimEvent::kClientDeadline)};
  WakeUps load_wake_{static_cast<std::uint8_t>(SimEvent::kLoadWake)};

  std::vector<Instance> instances_;
  std::vector<ServiceIndex> service_of_;  ///< By instance: less to read than `instances_`.
  std::vector<std::unique_ptr<proxy::Sidecar>> sidecars_;  ///< By instance; made at first use.
  std::vector<std::vector<std::uint32_t>> of_service_;     ///< By service: its instances.
  std::vector<std::unique_ptr<ScaledService>> scaled_;     ///< By service; those of autoscalers.
  std::vector<std::unique_ptr<Rollout>> rollouts_;         ///< By service.
  std::vector<std::vector<std::uint32_t>> up_;             ///< By service: known to be up.
  std::vector<std::vector<std::uint32_t>> resolved_;       ///< The same for who asks for names.
  std::vector<std::vector<Announcement>> announced_;       ///< By service, in the order of changes.
  std::vector<std::uint32_t> lost_nodes_;                  ///< By node: faults that hold it down.
  std::vector<std::uint32_t> next_direct_;                 ///< By service: round robin.
  std::vector<Workload> workloads_;                        ///< By service.
  std::vector<std::vector<Workload>> pushed_;  ///< By fault: workloads of config pushes.
  std::vector<std::uint32_t> pushed_to_;       ///< By instance: fault whose push it has.
  std::vector<std::uint32_t> push_order_;      ///< Faults by their latest push.
  std::vector<Generator> generators_;
  std::vector<ConnectionEnds> connections_;
  std::vector<Fault> faults_;  ///< The scenario's, then the injected ones; as large as now.
  std::vector<bool> fault_active_;
  std::vector<std::vector<std::uint32_t>> fault_targets_;
  std::vector<std::uint32_t> scaled_from_;  ///< By fault: what a kScale has found.
  std::vector<Fault> journal_;
  std::vector<std::int64_t> samples_;
  QueueSamples queue_samples_;
  Slab<LoadCall> load_calls_;
  Slab<Visit> visits_;
  std::size_t open_calls_ = 0;  ///< Of visits and of the load.
  PlainLink plain_[2];          ///< [same zone]: without proxies on the sender's side.
  PlainLink proxied_[2];        ///< With the usual cost of an idle proxy.
  bool has_one_zone_ = false;
  bool has_rewrites_ = false;       ///< Some route changes paths.
  bool has_instant_links_ = false;  ///< Messages within a zone take no time.
  bool is_tracing_ = false;         ///< Somebody follows requests.
  Duration usual_cost_{0};
  LaneId usual_lane_;
  proxy::Rng load_rng_{0};

  /// The newest answer with a grpc-status: the attempt, and the status that its caller takes it for
  /// if the sidecar passes it on.
  struct GrpcAnswer {
    proxy::AttemptId attempt = ~proxy::AttemptId{0};
    std::uint16_t status = 0;
  };
  GrpcAnswer grpc_answer_;

  Instant end_{};
  Instant no_load_from_{};
  bool finished_ = false;
  int beginning_ = 0;  ///< Requests that begin inside of each other's ends.
  std::uint64_t hops_ = 0;
  std::uint64_t requests_ = 0;
  std::uint64_t peak_in_flight_ = 0;
  std::uint64_t retired_draws_ = 0;
};

/// What utilisation is measured against: workers or loops, or CPUs where requests share them.
[[nodiscard]] inline std::uint64_t capacity_of(const Runtime& runtime) {
  return runtime.model == RuntimeModel::kShared ? runtime.cpus : runtime.workers;
}

/// From this status on an application takes the answer for a failure of its call.
inline constexpr std::uint16_t kFirstFailure = 400;

/// Whether `Visit::failure` of an answer is a grpc-status.
[[nodiscard]] constexpr bool is_grpc_status(std::uint16_t failure) {
  return failure != 0 && failure <= proxy::kLastGrpcStatus;
}

/// What of the network a fault means; the parts that it leaves open are kNone.
[[nodiscard]] Place place_of(const FaultTarget& target);

/// What a proxy sees of a stream that was reset by a host with these flags.
[[nodiscard]] proxy::ResetReason reset_reason_of(std::uint32_t flags);

/// How a request with flags, or with an error status, ended.
[[nodiscard]] Outcome unusual_outcome(std::uint16_t status, std::uint32_t flags);

/// How a request ended, from the status and flags that its client got.
[[nodiscard]] inline Outcome outcome_of(std::uint16_t status, std::uint32_t flags) {
  return flags == 0 && status < 400 ? Outcome::kOk : unusual_outcome(status, flags);
}

}  // namespace shaketable::engine
