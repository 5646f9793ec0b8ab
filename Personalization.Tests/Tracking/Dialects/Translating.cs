using System.Buffers;
using System.Text;
using System.Text.Json;
using NUnit.Framework;
using Personalization.Tracking.Contracts;
using Personalization.Tracking.Domain.Dialects;

namespace Personalization.Tests.Tracking.Dialects;

/// <summary>Translates a request and reads the outcome as the door does.</summary>
internal sealed class Translating(IDialect dialect)
{
    private readonly Parsing _parsing = new();

    public Translation Last { get; private set; }

    /// <summary>The translated body.</summary>
    public string Output { get; private set; } = "";

    public EventBatch Body(string json, Func<DialectRequest, DialectRequest>? configure = null) =>
        Read(new DialectRequest(Encoding.UTF8.GetBytes(json), ""), configure);

    public EventBatch Query(string query, Func<DialectRequest, DialectRequest>? configure = null) =>
        Read(new DialectRequest(default, "?" + query), configure);

    public JsonElement Event(int index = 0) => JsonElement.Parse(Output).GetProperty("batch")[index];

    private EventBatch Read(DialectRequest request, Func<DialectRequest, DialectRequest>? configure)
    {
        var output = new ArrayBufferWriter<byte>();
        Last = dialect.Translate(configure?.Invoke(request) ?? request, output);
        Assert.That(Last.Status, Is.EqualTo(TranslationStatus.Translated), Last.Detail);
        Output = Encoding.UTF8.GetString(output.WrittenSpan);
        return _parsing.Batch(Output);
    }

    public string Text(TrackedEvent read, Utf8Slice slice) => Parsing.Text(read, slice);

    /// <summary>Products as <c>id x quantity @ price</c>.</summary>
    public static string Products(TrackedEvent read) =>
        string.Join(' ', read.Lines.ToArray().Select(line => $"{Parsing.Text(read, line.Id)}x{line.Quantity}@{line.Price}"));
}
