#pragma once

#include <QDBusConnection>
#include <QDBusMessage>
#include <QObject>
#include <QString>

namespace shaketable::gui {

/// Whether the desktop is dark: what its settings portal says (`color-scheme` of
/// `org.freedesktop.appearance`, which GNOME, KDE and others keep) or, where there is none, the
/// palette that the platform gave to the program. Follows changes while the program runs.
///
/// The portal is asked without waiting for its answer; `changed` tells of one that differs.
class DesktopAppearance : public QObject {
  Q_OBJECT

 public:
  /// `palette_is_dark` is what holds until the portal has said something. `service` is the portal's
  /// name on the bus; empty for a connection that leads to it directly.
  DesktopAppearance(bool palette_is_dark, const QDBusConnection& bus,
                    const QString& service = QStringLiteral("org.freedesktop.portal.Desktop"),
                    QObject* parent = nullptr);

  [[nodiscard]] bool is_dark() const { return is_dark_; }

 Q_SIGNALS:
  void changed(bool dark);

 private Q_SLOTS:
  void note_change(const QDBusMessage& signal);

 private:
  void take_over(const QVariant& value);

  bool palette_is_dark_;
  bool is_dark_;
};

}  // namespace shaketable::gui
