using System.Buffers;

namespace Personalization.Tracking.Domain.Dialects;

/// <summary>Says in the Segment protocol what a request of another one says. Pure and thread-safe.</summary>
internal interface IDialect
{
    /// <summary>
    /// Writes a batch of the Segment protocol. An event that cannot be translated is written as it came: the parser refuses it like any
    /// other that is not valid, beside its neighbours, and what was sent is kept with the refusal.
    /// </summary>
    /// <param name="request">What came.</param>
    /// <param name="output">Of use only when the request was translated.</param>
    Translation Translate(in DialectRequest request, IBufferWriter<byte> output);
}

/// <summary>What a translator may know of a request.</summary>
/// <param name="Body">Decompressed; empty for a GET.</param>
/// <param name="Query">With its question mark; empty for none.</param>
internal readonly record struct DialectRequest(ReadOnlyMemory<byte> Body, string Query)
{
    /// <summary>Who a cookie says that the browser is; null for nobody.</summary>
    public string? NetworkUserId { get; init; }

    /// <summary>The tracker asks that the browser is not recognised.</summary>
    public bool IsAnonymous { get; init; }
}

internal enum TranslationStatus : byte
{
    Translated,

    /// <summary>Not JSON in UTF-8, or nested too deep: the parser is better at saying where.</summary>
    Unreadable,

    /// <summary>JSON, but not what this protocol sends.</summary>
    OtherForm,
}

/// <summary>How a translation went.</summary>
/// <param name="Status">Whether there is an output.</param>
/// <param name="Detail">What is missing from the body.</param>
/// <param name="AppId">The application that the events name as their sender; null when they name none, or a write key instead.</param>
internal readonly record struct Translation(TranslationStatus Status, string? Detail = null, string? AppId = null)
{
    public static Translation Unreadable { get; } = new(TranslationStatus.Unreadable);
}
