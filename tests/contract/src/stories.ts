/** The stories, one after the other: the hall has one clock, and it never goes back. */
import "./login.js";
import "./intake.js";
import "./leave.js";
import "./booking.js";
import "./score.js";
