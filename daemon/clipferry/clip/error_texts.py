"""English texts of the errors: code → reason → what happened, and what to do next. One file for each domain.

A code's own text has the empty reason; further reasons are cases of it that deserve a sentence of their own. ``{name}`` stands for
a param of the error; a param whose name ends with ``_bytes`` is shown as a size. Clients with texts of their own look them
up by code and reason (``extension/src/locales``); these are the fallback, and what the command line and the log show.

This file is over 300 lines because it is a table, which is looked up as a whole.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final, NamedTuple

from ..system.byte_size import byte_size

Param = str | int | float
"""A value of a text: a host, a count, a file's name. Never a path: errors reach web pages."""


class Text(NamedTuple):
    """What is said of an error, with placeholders."""

    sentence: str
    hint: str = ""
    """Empty: that of the code's own text."""


Texts = Mapping[str, Mapping[str, Text]]
_READABLE = "clipferry reads MP4, MOV, WebM, MKV, MPEG-TS, MP3, AAC, Ogg, FLAC, WAV and AIFF."
_CA_FILE = "SSL_CERT_FILE, or the certificate file in the settings, has to name a PEM file of certificates."
_PLACEHOLDER = re.compile(r"\{([a-z]\w*)\}")


def placeholders(template: str) -> frozenset[str]:
    """Return the names of the params that ``template`` needs."""
    return frozenset(_PLACEHOLDER.findall(template))


def fill(template: str, params: Mapping[str, Param]) -> str:
    """Put the params into ``template``. One that is missing, as where another version raised the error, is shown as an ellipsis."""
    return _PLACEHOLDER.sub(lambda found: _shown(found[1], params.get(found[1], "…")), template)


def _shown(name: str, value: Param) -> str:
    return byte_size(int(value)) if name.endswith("_bytes") and not isinstance(value, str) else str(value)


TEXTS: Final[Texts] = {
    "internal": {
        "": Text(
            "Something went wrong inside clipferry.",
            "Try again. If it happens again, run `clipferry doctor` and send us its report.",
        ),
        "bin": Text("The file could not be moved to the bin, so it was kept.", "Delete it in your folder."),
        "deletion": Text("The file could not be deleted.", "Delete it in your folder."),
        "damaged_entry": Text("The clip's entry was damaged.", "Take the clip again."),
    },
    "invalid_url": {
        "": Text("That is not a web address.", "Copy the whole address of the video's page, beginning with https://."),
        "circle": Text("That address leads in a circle."),
        "user_name": Text("Web addresses with a user name in them are not opened."),
    },
    "blocked_address": {
        "": Text(
            "That address belongs to this computer or its private network.",
            "Pages may not make clipferry open private addresses. If you mean it, paste the link in the dashboard and confirm.",
        ),
    },
    "unsupported_site": {
        "": Text(
            "There is no video at that address that clipferry can take.",
            "Open the video's own page and copy the address from there.",
        ),
        "playlist": Text("That is a list of videos.", "Open one of them and copy its address."),
        "no_video_in_post": Text("There is no video in this post.", "Open a post with a video and copy its address."),
        "no_item": Text("There is no item {item} in this post.", "Open the post and choose a video in it."),
        "item_is_image": Text("Item {item} of this post is a picture.", "Choose one that plays."),
    },
    "invalid_time": {
        "": Text("That is not a time.", "Write seconds (83.5), H:MM:SS (1:23.5) or 1m23s."),
        "outside": Text("That is not a time inside a video."),
        "negative": Text("“{text}” lies before the beginning of the video."),
        "unreadable": Text("“{text}” is not a time."),
        "beyond_59": Text("“{text}” is not a time: minutes and seconds go up to 59."),
        "outside_text": Text("“{text}” is not a time inside a video."),
    },
    "invalid_range": {
        "": Text("The end has to come after the start.", "Set the start before the end."),
        "whole_and_marks": Text("--whole and marks contradict each other.", "Leave one of them out."),
        "whole_and_marks_given": Text("All of the video and marks contradict each other.", "Leave one of them out."),
    },
    "range_outside_video": {
        "": Text("The clip reaches past the end of the video.", "Choose a start and an end inside the video."),
        "length": Text("The clip reaches past the end of the video, which is {length} long."),
    },
    "no_sound": {
        "": Text("There is no sound in that part of the video.", "Choose a start and an end where something is heard."),
    },
    "invalid_output": {
        "": Text("That combination of format and options is not possible.", "Choose another format."),
        "audio_only": Text("“audio_only” and a format with pictures contradict each other."),
        "no_audio": Text("This video has no sound.", "Choose MP4."),
        "no_audio_format": Text("{kind} is not a sound format.", "Choose mp3, m4a, opus or flac."),
        "not_cut": Text("A clip cannot be cut straight into .{kind}."),
        "no_video_kind": Text("A .{kind} file holds no pictures."),
        "too_long": Text("A {kind} can be at most {max_s} seconds long.", "Choose a shorter piece, or MP4."),
        "no_video_fits": Text("This video has no picture that fits into {kind}."),
        "no_audio_fits": Text("This video's sound does not fit into {kind}.", "Choose MP4 or MKV."),
        "pattern_braces": Text("The name pattern has a brace too many or too few.", "Use {fields}."),
        "pattern_field": Text("The name pattern cannot use {field}.", "Use {fields}."),
    },
    "invalid_cookies": {
        "": Text(
            "The cookies file cannot be used.",
            "Export the site's cookies from your browser as a cookies.txt (Netscape format) or as JSON.",
        ),
        "no_json_list": Text("The cookies file begins like JSON, but is no list of cookies."),
        "empty": Text("The cookies file is empty."),
        "browser_database": Text("That is a browser's own cookie database, not an export of it."),
        "no_cookies": Text("There are no cookies in the cookies file."),
        "too_large": Text("The cookies file is too large to be one."),
        "too_many": Text("The cookies file holds more cookies than any browser keeps."),
        "folder": Text("The cookies file is a folder."),
        "missing": Text("There is no cookies file at that place."),
        "unreadable": Text("The cookies file cannot be read."),
    },
    "site_error": {
        "": Text(
            "The site did not give us the video.",
            "Try again in a minute. If the page plays in your browser, update clipferry: the site may have changed.",
        ),
        "quality_gone": Text("The site no longer offers this quality.", "Try another quality."),
        "other_video": Text("There is another video at that address now.", "Start the clip again."),
    },
    "extractor_failed": {
        "": Text(
            "yt-dlp could not make sense of what the site sent.",
            "Try again in a minute. If the page plays in your browser, run `clipferry update`: the site may have changed.",
        ),
        "no_impersonation": Text(
            "The site answers browsers only, and the part of clipferry that can act as one does not work.",
            "Run `clipferry doctor` to see why.",
        ),
    },
    "private_video": {
        "": Text(
            "This video is private.",
            "If you may watch it, allow clipferry on the video's page to use your session for this clip.",
        ),
    },
    "removed_video": {
        "": Text("This video has been removed.", "There is nothing left to take."),
        "nothing_there": Text("There is nothing at that address.", "Check the address in your browser."),
    },
    "age_restricted": {
        "": Text(
            "The site asks for a confirmed age before it shows this video.",
            "Sign in on the site, then allow clipferry on the video's page to use your session for this clip.",
        ),
    },
    "geo_blocked": {
        "": Text(
            "The uploader has not made this video available in your country.",
            "It can only be taken from a country where it plays.",
        ),
    },
    "login_required": {
        "": Text(
            "The site asks for a login.", "Allow clipferry on the video's page to use your session for this clip."
        ),
        "robot_check": Text("The site wants to be sure that you are not a robot."),
        "login_or_pause": Text("The site asks for a login, or for a pause: it shows only a few videos to visitors."),
        "no_impersonation": Text(
            "Without a login the site answers browsers only, and the part of clipferry that can act as one does not work.",
            "Run `clipferry doctor` to see why, or allow clipferry on the video's page to use your session for this clip.",
        ),
    },
    "members_only": {
        "": Text(
            "This video is for members only.",
            "If you are a member, allow clipferry on the video's page to use your session for this clip.",
        ),
    },
    "rate_limited": {
        "": Text("The site asks us to wait before the next download.", "Try again in a few minutes."),
        "overloaded": Text("The site is overloaded."),
    },
    "drm_protected": {
        "": Text("This video is copy-protected.", "clipferry does not take protected videos."),
    },
    "not_started": {
        "": Text("This stream has not started yet.", "Come back when it plays."),
    },
    "still_processing": {
        "": Text(
            "This broadcast has just ended, and the site is still preparing it as a video.",
            "Come back in an hour or two; a long broadcast may take a day.",
        ),
    },
    "nothing_recorded": {
        "": Text("Nothing of the broadcast had been recorded yet.", "Start again, and stop when some of it is there."),
    },
    "no_formats": {
        "": Text(
            "The site offers no form of this video that clipferry can take.",
            "Try another quality, or update clipferry.",
        ),
        "m2ts_file": Text("This is a Blu-ray stream (M2TS), which clipferry does not read.", _READABLE),
        "no_picture": Text("This is a sound without a picture.", "Choose MP3, M4A, Opus or FLAC."),
        "no_tracks": Text("There is neither sound nor a picture in that file."),
        "avi_file": Text("This is an AVI file, which clipferry does not read.", _READABLE),
        "flv_file": Text("This is a Flash video (FLV) file, which clipferry does not read.", _READABLE),
        "asf_file": Text("This is a Windows Media (ASF) file, which clipferry does not read.", _READABLE),
        "mpeg_ps_file": Text(
            "This is an MPEG program stream (MPG, VOB) file, which clipferry does not read.", _READABLE
        ),
        "mpeg_file": Text("This is an MPEG video file, which clipferry does not read.", _READABLE),
        "realmedia_file": Text("This is a RealMedia file, which clipferry does not read.", _READABLE),
        "monkeys_audio_file": Text("This is a Monkey's Audio file, which clipferry does not read.", _READABLE),
        "caf_file": Text("This is a Core Audio (CAF) file, which clipferry does not read.", _READABLE),
        "midi_file": Text("This is a MIDI file, which clipferry does not read.", _READABLE),
    },
    "page_reload": {
        "": Text(
            "The site wants its page to be reloaded before it gives out this video.",
            "Reload the page in your browser. If you lent your session for this clip, take the clip again without it.",
        ),
    },
    "network": {
        "": Text("The connection failed.", "Check that you are online, then try again."),
        "changed": Text("The video changed on the site."),
        "changed_while_read": Text("The video changed on the site while it was being read.", "Try again."),
        "no_ranges": Text("The site cannot send parts of the file."),
        "stopped_sending": Text("The site stopped sending."),
        "proxy_address": Text("The configured proxy is not a proxy address.", "Write it as http://host:port."),
        "proxy_unreachable": Text("The proxy could not be reached.", "Check the proxy in the settings."),
        "proxy_login": Text(
            "The proxy refuses the user name or password.",
            "Write them into its address in the settings: http://name:password@host:port.",
        ),
        "redirect_circle": Text("The site sent us in circles."),
        "redirect_nowhere": Text("The site sent us on to nowhere."),
        "name_not_found": Text("The site's name could not be found.", "Check that you are online."),
        "stopped_answering": Text("The site stopped answering."),
        "playlist_stopped": Text("The stream's playlist stopped growing."),
        "package_index": Text("The package index could not be reached.", "Check that you are online, then try again."),
        "package_index_slow": Text("The package index did not answer in time."),
        "proxy_refuses": Text(
            "The proxy refuses the connection.",
            "Check the proxy, and the name and password in its address, in the settings.",
        ),
        "proxy_status": Text(
            "The proxy does not let this through ({status}).",
            "Ask whoever runs the proxy, or choose another in the settings.",
        ),
        "status": Text("The site answered with an error ({status}).", "Try again later."),
        "gap": Text("The broadcast went on faster than it could be read."),
    },
    "url_expired": {
        "": Text("The site's download address is no longer valid.", "Try again: the site is asked for a new one then."),
    },
    "tls": {
        "": Text(
            "The site's identity could not be verified.",
            "Check this computer's clock. Behind a company proxy, set SSL_CERT_FILE to the company's certificate.",
        ),
        "no_certificates": Text("There are no certificates in the certificate file.", _CA_FILE),
        "no_certificate_file": Text("There is no certificate file at that place.", _CA_FILE),
        "system_certificates": Text("The system's certificates cannot be read."),
        "package_index": Text(
            "The package index could not prove who it is.",
            "Check this computer's clock. Behind a company proxy, set SSL_CERT_FILE to the company's certificate.",
        ),
        "certificate_folder": Text("The certificate file is a folder.", _CA_FILE),
        "certificate_unreadable": Text("The certificate file cannot be read.", _CA_FILE),
    },
    "bad_media": {
        "": Text(
            "The site sent something that is not the video.",
            "Try again. If the page plays in your browser, update clipferry.",
        ),
        "unknown_file": Text("This is no video or sound file of a kind that clipferry reads.", _READABLE),
        "decryption": Text("The video could not be decrypted."),
        "playlist_too_long": Text("The site's playlist is impossibly long."),
        "playlist_empty": Text("The site's playlist is empty."),
        "audio_unreadable": Text("The stream's sound is of a kind that clipferry cannot read."),
        "audio_changes": Text("The sound changes its format in the middle of the clip."),
        "unknown_codec": Text("This video uses a codec that clipferry does not know."),
        "packed_data": Text("The site sent packed data instead of the video."),
        "endless_file": Text("The site's file does not end."),
        "ends_too_soon": Text("The video on the site ends too soon."),
        "web_page": Text("The site sent a web page instead of the video."),
        "impossible_size": Text("The site claims an impossibly large file."),
        "other_range": Text("The site sent another piece of the file than was asked for."),
        "empty_file": Text("The site sent an empty file."),
        "far_too_much": Text("The site sent far more than was asked for."),
        "no_readable_audio": Text("There is no sound in that file that clipferry can read."),
        "no_segments": Text("The site lists no pieces of the video."),
        "changed_while_read": Text("The video changed on the site while it was being read."),
        "video_changes": Text("The video changes its format in the middle of the clip."),
        "segment_missing": Text("The stream lacks that part of the video."),
        "subtitle_overlap": Text("There are more subtitles at once than can be shown."),
        "no_subtitle": Text("The site sent something that is not a subtitle."),
        "subtitle_encrypted": Text("The subtitles are encrypted, or not WebVTT."),
        "subtitle_pieces": Text("The subtitles are in too many pieces."),
        "subtitle_size": Text("The subtitles are far larger than words are."),
        "status": Text("The site refused the request ({status})."),
        "subtitle_kind": Text("Subtitles of kind {extension} are not understood."),
    },
    "ffmpeg_missing": {
        "": Text(
            "ffmpeg is needed for this format and was not found.", "Run `clipferry doctor`: it says how to get it."
        ),
        "configured": Text("The ffmpeg of the settings does not run.", "Choose another in the settings."),
    },
    "disk_full": {
        "": Text("There is not enough space on the disk.", "Free some space, then try again."),
        "update": Text("There is not enough space on the disk.", "Free some space and try again."),
        "space": Text("There is not enough space on the disk: {free_bytes} are free, {needed_bytes} are needed."),
        "quota": Text("Your share of the disk that clips go to is used up."),
    },
    "folder_missing": {
        "": Text(
            "The folder for clips does not exist.", "Plug the drive in again, or choose another folder in the settings."
        ),
        "no_folder": Text("“{name}” is not a folder."),
        "silent": Text("The disk that clips go to does not answer."),
    },
    "folder_not_writable": {
        "": Text("The folder for clips cannot be written to.", "Choose another folder in the settings."),
        "own_folder": Text(
            "clipferry's own folder is not safe: {said}.",
            "Give it back to yourself alone (chown, chmod go-w), or set CLIPFERRY_HOME to another folder.",
        ),
        "name": Text(
            "The folder for clips does not take the clip's name.",
            "Choose another folder, or a shorter name pattern, in the settings.",
        ),
        "read_only": Text("The disk that clips go to is read-only."),
    },
    "outdated_extractor": {
        "": Text("The installed yt-dlp is too old to be safe.", "Run `clipferry update`: it brings a newer one."),
    },
    "engine_broken": {
        "": Text(
            "yt-dlp, which knows the sites, cannot be loaded.",
            "Run the install line again: `python3 daemon/install.py`.",
        ),
        "missing": Text("yt-dlp, which knows the sites, is missing."),
    },
    "cut_failed": {
        "": Text("The clip could not be cut.", "Try again with another quality."),
    },
    "proof_failed": {
        "": Text(
            "The finished clip was not what was asked for, so it was not kept.",
            "Try again with another quality, or with re-encoding.",
        ),
    },
    "cancelled": {
        "": Text("The clip was cancelled.", "Nothing was kept."),
    },
}
