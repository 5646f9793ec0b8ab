namespace Personalization.Tracking.Endpoints;

/// <summary>How a client wants to hear that its events were taken. None of them reads more of the answer than its status.</summary>
internal enum AnswerForm : byte
{
    /// <summary><c>{"success":true}</c>, and what was refused.</summary>
    Segment,

    /// <summary><c>{"ok":true}</c></summary>
    Jitsu,

    /// <summary><c>{"status":"Ok"}</c></summary>
    PostHog,

    /// <summary><c>ok</c> as plain text; no status that its trackers would take for a reason to try for ever.</summary>
    Snowplow,

    /// <summary>A transparent GIF of one pixel that no cache keeps; statuses as for Snowplow.</summary>
    Pixel,
}
