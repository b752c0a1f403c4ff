#pragma once

#include <QDBusConnection>
#include <QDBusMessage>
#include <QObject>
#include <QString>

namespace shaketable::gui {

/// Whether the desktop is dark: what its settings portal says (`color-scheme` of
/// `org.freedesktop.appearance`, which GNOME, KDE and others keep) or, where there is none, the
/// palette that the platform gave to the program. Whether it is calm, so that nothing is to move by
/// itself: `reduced-motion` there, or GNOME's `enable-animations`. Follows changes while the
/// program runs.
///
/// The portal is asked without waiting for its answers; `changed` and `calm_changed` tell of one
/// that differs.
class DesktopAppearance : public QObject {
  Q_OBJECT

 public:
  /// `palette_is_dark` is what holds until the portal has said something. `service` is the portal's
  /// name on the bus; empty for a connection that leads to it directly.
  DesktopAppearance(bool palette_is_dark, const QDBusConnection& bus,
                    const QString& service = QStringLiteral("org.freedesktop.portal.Desktop"),
                    QObject* parent = nullptr);

  [[nodiscard]] bool is_dark() const { return is_dark_; }
  [[nodiscard]] bool is_calm() const { return wants_less_motion_ || !has_animations_; }

 Q_SIGNALS:
  void changed(bool dark);
  void calm_changed(bool calm);

 private Q_SLOTS:
  void note_change(const QDBusMessage& signal);

 private:
  void take_over(const QString& space, const QString& key, const QVariant& value);

  bool palette_is_dark_;
  bool is_dark_;
  bool wants_less_motion_ = false;
  bool has_animations_ = true;
};

}  // namespace shaketable::gui
