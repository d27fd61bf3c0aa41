"""Send mail through an SMTP server (RFC 5321), with STARTTLS or TLS and a checked certificate."""

import smtplib
import ssl
from email.message import EmailMessage
from email.utils import format_datetime

from scanwarden.config.sections.sinks_email import EmailSettings
from scanwarden.model.time import NS_PER_S
from scanwarden.sinks.base import Message, SinkError, utc_datetime

LIMIT_S = 20.0
MAX_SUBJECT_CHARS = 120


class Mail:
    """The server, the sender and those who are written to; each message is one connection."""

    name = "email"

    def __init__(self, settings: EmailSettings) -> None:
        """Read the password, while this process may; raise ConfigError if that fails."""
        self._settings = settings
        self._password = settings.password_file.read() if settings.password_file else ""

    def send(self, message: Message) -> None:
        """Hand one mail to the server; raise SinkError if it is not taken for every recipient."""
        server = self._settings.server
        mail = mail_of(message, self._settings)
        try:
            with self._connected() as session:
                refused = session.send_message(mail)
        except smtplib.SMTPResponseException as error:
            answer = error.smtp_error.decode("ascii", "replace") if isinstance(error.smtp_error, bytes) else ""
            # RFC 5321 4.2.1: 4yz may work later, 5yz will not; a wrong password can be put right, so it is tried again.
            is_final = error.smtp_code >= 500 and not isinstance(error, smtplib.SMTPAuthenticationError)
            raise SinkError(f"{server} answered {error.smtp_code} {answer[:200]}", is_final=is_final) from error
        except smtplib.SMTPRecipientsRefused as error:
            codes = [code for code, _ in error.recipients.values()]
            raise SinkError(
                f"{server} refused every recipient ({codes[0]})", is_final=all(code >= 500 for code in codes)
            ) from error
        except (OSError, smtplib.SMTPException, ValueError) as error:
            raise SinkError(f"{server} takes no mail: {error}", remedy="see [sinks.email]") from error
        if refused:
            names = ", ".join(sorted(refused))[:200]
            raise SinkError(f"{server} took the mail, but not for {names}", is_final=True)

    def _connected(self) -> smtplib.SMTP:
        """Open a session that is encrypted and logged in as far as the settings say."""
        settings = self._settings
        host, port = settings.server.host, settings.server.port
        if settings.security == "tls":
            session: smtplib.SMTP = smtplib.SMTP_SSL(host, port, timeout=LIMIT_S, context=ssl.create_default_context())
        else:
            session = smtplib.SMTP(host, port, timeout=LIMIT_S)
        try:
            if settings.security == "starttls":
                session.starttls(context=ssl.create_default_context())
            if settings.user:
                session.login(settings.user, self._password)
        except (OSError, smtplib.SMTPException):
            session.close()
            raise
        return session


def mail_of(message: Message, settings: EmailSettings) -> EmailMessage:
    """Write a message as a mail that auto-responders leave alone (RFC 3834)."""
    sender = settings.sender.address if settings.sender else ""
    mail = EmailMessage()
    mail["Subject"] = message.title[:MAX_SUBJECT_CHARS]
    mail["From"] = sender
    mail["To"] = ", ".join(to.address for to in settings.to)
    mail["Date"] = format_datetime(utc_datetime(int(message.time) // NS_PER_S))
    mail["Message-ID"] = f"<{message.id}@{sender.rpartition('@')[2] or 'scanwarden.invalid'}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Priority"] = "1" if message.severity == 5 else "3"
    mail.set_content(message.text, cte="quoted-printable" if not message.text.isascii() else "7bit")
    return mail
