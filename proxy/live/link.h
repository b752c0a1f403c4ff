#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "proxy/base/deadline_queue.h"
#include "proxy/http/codec.h"
#include "proxy/http/tls.h"
#include "proxy/live/address.h"
#include "proxy/live/reactor.h"

namespace shaketable::proxy::live {

class LiveWorker;

/// Why a connection ended, for its counters.
enum class LinkEnd : std::uint8_t {
  kDone,           ///< In good order, by either side.
  kPeerClosed,     ///< The peer closed or reset it.
  kProtocolError,  ///< See codec()->error().
  kTlsFailed,
  kHandshakeTimeout,
  kHeadTimeout,
  kBodyTimeout,
  kIdleTimeout,
  kTunnelIdleTimeout,
  kDrained,
  kConnectFailed,
  kLocal,  ///< The core or the operator wanted it.
};

/// One connection: a descriptor, TLS when it has it, and the codec on top. It moves bytes and keeps
/// the connection's own timeouts; what messages mean is its subclasses' and the worker's.
///
///     kConnecting (upstream) -> kRaw (PROXY header, is it TLS?) -> kHandshake -> kChoosing (which
///     protocol?) -> kOpen -> kLingering (ours is said, the peer's last bytes are thrown away)
///     -> kClosed
class Link : public Reactor::Events {
 public:
  enum class Stage : std::uint8_t {
    kConnecting,
    kRaw,
    kHandshake,
    kChoosing,
    kOpen,
    kLingering,
    kClosed
  };

  explicit Link(LiveWorker& worker) : worker_(worker) {}
  virtual ~Link() = default;
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;

  [[nodiscard]] http::Codec* codec() const { return codec_.get(); }
  [[nodiscard]] const http::TlsSession* tls() const { return tls_.get(); }
  [[nodiscard]] Stage stage() const { return stage_; }
  [[nodiscard]] bool is_closed() const { return stage_ == Stage::kClosed; }
  /// Address of the other side, as text: it is kept for as long as the connection, and shorter so.
  [[nodiscard]] const std::string& peer() const { return peer_; }
  [[nodiscard]] bool peer_is_loopback() const { return peer_is_loopback_; }
  [[nodiscard]] LinkEnd ending() const { return ending_; }
  [[nodiscard]] std::uint64_t bytes_in() const { return bytes_in_; }
  [[nodiscard]] std::uint64_t bytes_out() const { return bytes_out_; }

  /// Has the worker call `settle` before it waits again: there is something to send, or the codec's
  /// state has changed.
  void mark_dirty();
  /// Several streams share it: what they have to say is worth collecting.
  [[nodiscard]] bool may_wait() const {
    return stage_ == Stage::kOpen && codec_->version() == http::Version::kHttp2 &&
           codec_->stream_count() > 1;
  }
  /// Sends what is there, reads on, closes what is over, sets the timeout.
  void settle();
  /// A timeout of this connection is due.
  void on_timeout();
  /// It is time to look for streams whose peer takes nothing of them.
  void on_stall_check();
  /// Ends it at once; streams under way are told that the connection is lost.
  void lose(LinkEnd why);

  void on_readable() final;
  void on_writable() final;

 protected:
  /// Takes a socket over.
  void adopt(int fd, Stage stage, const SocketAddress& peer);
  void start_tls(std::shared_ptr<const http::TlsContext> context);
  void set_codec(std::unique_ptr<http::Codec> codec);
  void set_stage(Stage stage) { stage_ = stage; }
  /// Puts bytes in front of the TLS handshake that has just begun.
  void prepend_raw(std::string_view bytes) { tls_->output().insert(0, bytes); }
  /// Feeds bytes that came earlier, from below TLS.
  void take_raw(std::string_view bytes);
  /// Another exchange begins, and nobody knows whether its body will be taken: see kFirstRead.
  void read_little() { read_size_ = kFirstRead; }

  /// Upstream: the connect has succeeded or failed.
  virtual void on_connect_result(int error) { (void)error; }
  /// In kRaw: what has come so far. Returns the bytes to go on with (a tail of it) after leaving
  /// kRaw; the whole when more is needed.
  virtual std::string_view on_raw(std::string_view all) { return all; }
  /// The TLS handshake is over.
  virtual void on_secure() = 0;
  /// In kChoosing: plain bytes so far; sets a codec when they tell which.
  virtual void on_choosing(std::string_view all) { (void)all; }
  /// The connection is closed; `ending()` says why. The object is destroyed soon.
  virtual void on_closed() = 0;
  /// Time that may pass in the present stage and phase; zero = for ever.
  [[nodiscard]] virtual Duration patience(http::Phase phase) const = 0;
  /// What kind of end it is when that time is over; a codec may get a last word by output.
  virtual LinkEnd on_patience_over(http::Phase phase) = 0;
  /// Time for which a stream may wait for its peer to open the window; zero = for ever.
  [[nodiscard]] virtual Duration stall_patience() const { return Duration::zero(); }
  /// So many streams waited for longer, and were reset.
  virtual void on_stalled(std::size_t streams) { (void)streams; }
  /// Whether a body is coming on one of several streams, which may stop without anybody noticing.
  [[nodiscard]] virtual bool awaits_bodies() const { return false; }
  /// Half of `stall_patience` has passed: refuses those that have stopped.
  virtual void refuse_late_bodies() {}
  /// The kernel takes no more for now: what would be blocked by that is to be paused.
  virtual void on_congested() {}
  /// A message of the peer was broken, which cost it no more than its stream.
  virtual void on_stream_error(http::ProtocolError error) { (void)error; }
  /// This stage and phase has begun, and `patience` is asked next.
  virtual void on_phase(http::Phase phase) { (void)phase; }
  /// Idle for a moment: memory that only messages need may go.
  virtual void on_quiet() {}
  /// Whether a little is read also while the codec is paused, so that the peer's end is noticed.
  [[nodiscard]] virtual bool reads_while_paused() const { return true; }
  /// Whether the peer's last bytes are waited for when all is said.
  [[nodiscard]] virtual bool lingers() const { return true; }

  LiveWorker& worker_;

 private:
  /// A body is read by little until it flows: what was read and cannot be passed on is kept, once
  /// for each request of a client that opens no window. Every read that fills it doubles it.
  static constexpr std::uint32_t kFirstRead = 8 * 1024;

  void take_plain(std::string_view bytes);
  void feed(std::string_view bytes);
  void flush();
  [[nodiscard]] bool wants_read() const;
  /// An idle connection keeps no memory for ciphertext: the worker has one buffer for all.
  void borrow_cipher_buffer();
  void return_cipher_buffer();
  void become_congested();
  [[nodiscard]] std::string& sendable();
  void finish_or_linger();
  void arm_timeout();
  void watch_stalls();
  void tell_stream_errors();
  void grow_quiet();
  void end(LinkEnd why);

  Reactor::Descriptor descriptor_;
  std::unique_ptr<http::TlsSession> tls_;
  std::unique_ptr<http::Codec> codec_;
  std::unique_ptr<http::Codec> replaced_codec_;  ///< Until its last call has returned.
  std::string rest_;                             ///< Came, and was not used yet.
  std::string peer_;
  std::uint64_t bytes_in_ = 0;
  std::uint64_t bytes_out_ = 0;
  TimerHandle timeout_{};
  TimerHandle stall_check_{};
  Stage stage_ = Stage::kConnecting;
  http::Phase timed_phase_ = http::Phase::kIdle;
  Stage timed_stage_ = Stage::kClosed;
  bool peer_is_loopback_ = false;
  std::uint32_t read_size_ = kFirstRead;  ///< Most bytes of the next read.
  bool is_dirty_ = false;
  bool blocked_ = false;         ///< The kernel takes no more for now.
  bool is_quieting_ = false;     ///< `timeout_` is the moment before the idle timeout proper.
  bool watches_stalls_ = false;  ///< `stall_check_` is armed.
  bool progressed_ = false;      ///< Something moved since the timeout was set.
  LinkEnd ending_ = LinkEnd::kDone;
};

}  // namespace shaketable::proxy::live
