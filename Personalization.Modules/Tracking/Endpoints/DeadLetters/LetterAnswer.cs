using System.Text.Json;
using System.Text.Json.Serialization;
using Personalization.Kernel.Json;
using Personalization.Tracking.Domain.DeadLetters;

namespace Personalization.Tracking.Endpoints.DeadLetters;

/// <summary>A letter as it is shown.</summary>
/// <param name="Id">Ascending, never given twice.</param>
/// <param name="State">open, corrected, replayed or discarded.</param>
/// <param name="Reason">unparsable, unauthenticated, invalid, oversized, suppressed or failed.</param>
/// <param name="Fault">What in particular, for example <c>name_missing</c> or <c>not_json</c>.</param>
/// <param name="Detail">A sentence.</param>
/// <param name="Location">Where in the request.</param>
/// <param name="Source">Null when nobody known sent it.</param>
/// <param name="Event">Null for a request that could not be told apart into events.</param>
/// <param name="MessageId">Null when unknown.</param>
/// <param name="Origin">live, import, replay or change_capture.</param>
/// <param name="ReceivedAt">Our clock.</param>
/// <param name="KeptAt">Our clock.</param>
/// <param name="LogOffset">Of an event that is in the log already.</param>
/// <param name="Stage">The step or stage that threw.</param>
/// <param name="Bytes">Of the body.</param>
/// <param name="IsTruncated">The body is only its beginning.</param>
/// <param name="Attempts">Replays that were tried.</param>
/// <param name="LastAttemptAt">Null before the first.</param>
/// <param name="LastResult">How the last of them ended.</param>
/// <param name="ReplayOffset">Its place in the log.</param>
internal sealed record LetterAnswer(
    long Id,
    string State,
    string Reason,
    string Fault,
    string Detail,
    LetterLocation Location,
    string? Source,
    LetterEvent? Event,
    string? MessageId,
    string Origin,
    DateTimeOffset ReceivedAt,
    DateTimeOffset KeptAt,
    long? LogOffset,
    string? Stage,
    int Bytes,
    bool IsTruncated,
    int Attempts,
    DateTimeOffset? LastAttemptAt,
    string? LastResult,
    long? ReplayOffset)
{
    /// <summary>The body as JSON, where it is JSON. Of a single letter only.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public JsonElement? Body { get; init; }

    /// <summary>The body as text, where it is not JSON; what is no UTF-8 in it shows as U+FFFD.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? BodyText { get; init; }

    /// <summary>The context of the batch around the event, where there was one.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public JsonElement? Context { get; init; }

    /// <summary>When the batch around the event left its client.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public DateTimeOffset? SentAt { get; init; }

    public static LetterAnswer Of(DeadLetter letter) => new(
        letter.Id,
        LetterNames.Of(letter.State),
        LetterNames.Of(letter.Reason),
        letter.Fault,
        letter.Detail,
        new LetterLocation(letter.EventIndex < 0 ? null : letter.EventIndex, letter.Pointer, letter.Position < 0 ? null : letter.Position),
        NullIfEmpty(letter.Source),
        letter.EventType == default && letter.EventName.Length == 0
            ? null
            : new LetterEvent(letter.EventType == default ? null : LetterNames.Of(letter.EventType), NullIfEmpty(letter.EventName)),
        NullIfEmpty(letter.MessageId),
        LetterNames.Of(letter.Origin),
        DateTimeOffset.FromUnixTimeMilliseconds(letter.ReceivedAtMs),
        DateTimeOffset.FromUnixTimeMilliseconds(letter.KeptAtMs),
        letter.LogOffset < 0 ? null : letter.LogOffset,
        NullIfEmpty(letter.Stage),
        letter.BodyBytes,
        letter.IsTruncated,
        letter.Attempts,
        letter.LastAttemptAtMs == 0 ? null : DateTimeOffset.FromUnixTimeMilliseconds(letter.LastAttemptAtMs),
        NullIfEmpty(letter.LastResult),
        letter.ReplayOffset < 0 ? null : letter.ReplayOffset);

    /// <summary>The same with its contents.</summary>
    public static LetterAnswer Whole(DeadLetter letter)
    {
        var body = JsonOf(letter.Body);
        return Of(letter) with
        {
            Body = body,
            BodyText = body is null && letter.Body.Length > 0 ? System.Text.Encoding.UTF8.GetString(letter.Body) : null,
            Context = JsonOf(letter.Context),
            SentAt = letter.SentAtMs == long.MinValue ? null : DateTimeOffset.FromUnixTimeMilliseconds(letter.SentAtMs),
        };
    }

    /// <summary>Null when it is no JSON, or cannot be written as it is: half a surrogate pair shall be seen by whoever corrects the letter.</summary>
    public static JsonElement? JsonOf(byte[] body)
    {
        try
        {
            return body.Length == 0 ? null : BodyJson.Parse(body);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string? NullIfEmpty(string text) => text.Length == 0 ? null : text;
}

/// <summary>Where in a request the fault is.</summary>
/// <param name="Index">Of the event in its batch, from 0.</param>
/// <param name="Pointer">JSON pointer into the event; empty for the event as a whole.</param>
/// <param name="Position">Byte of the decoded body, from 0.</param>
internal sealed record LetterLocation(int? Index, string Pointer, long? Position);

/// <summary>What kind of event it was.</summary>
internal sealed record LetterEvent(string? Type, string? Name);
