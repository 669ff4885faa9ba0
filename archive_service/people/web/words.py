"""What the sign-in library says, in our own words, so that both languages have all of it."""

from typing import Final

from archive_service.kernel.errors import N_

WRONG: Final = N_("The name or the password is not right.")

MESSAGES: Final[dict[str, tuple[str, str]]] = {
    "API_ERROR": (N_("Something in the form is not right. Please check and send it again."), "error"),
    "ANONYMOUS_USER_REQUIRED": (N_("You are signed in already."), "info"),
    "DISABLED_ACCOUNT": (N_("This account is closed. Please ask the administrator."), "error"),
    "INVALID_PASSWORD": (N_("The password is not right."), "error"),
    "INVALID_RECOVERY_CODE": (N_("This recovery code is not right or was used already."), "error"),
    "INVALID_REDIRECT": (N_("The address to go on to lies outside the service."), "error"),
    "NO_RECOVERY_CODES_SETUP": (N_("There are no recovery codes yet."), "info"),
    "PASSWORD_CHANGE": (N_("The password was changed. You were signed out everywhere else."), "success"),
    "PASSWORD_IS_THE_SAME": (N_("The new password is the old one. Please choose another."), "error"),
    "PASSWORD_NOT_PROVIDED": (N_("Please enter the password."), "error"),
    "REAUTHENTICATION_REQUIRED": (N_("Please enter your password again before you go on."), "info"),
    "REAUTHENTICATION_SUCCESSFUL": (N_("Thank you. You can go on now."), "success"),
    "RETYPE_PASSWORD_MISMATCH": (N_("The two passwords differ."), "error"),
    "TWO_FACTOR_CHANGE_METHOD_SUCCESSFUL": (N_("The second factor is on."), "success"),
    "TWO_FACTOR_DISABLED": (N_("The second factor is off."), "success"),
    "TWO_FACTOR_INVALID_TOKEN": (N_("The code is not right. A new one comes every 30 seconds."), "error"),
    "TWO_FACTOR_LOGIN_SUCCESSFUL": (N_("You are signed in."), "success"),
    "TWO_FACTOR_METHOD_NOT_AVAILABLE": (N_("This can't be chosen."), "error"),
    "TWO_FACTOR_PERMISSION_DENIED": (N_("Please sign in from the beginning."), "info"),
    "TWO_FACTOR_SETUP_EXPIRED": (N_("That took too long. Please begin again."), "error"),
    "UNAUTHENTICATED": (N_("Please sign in first."), "info"),
    "USER_DOES_NOT_EXIST": (WRONG, "error"),
}
