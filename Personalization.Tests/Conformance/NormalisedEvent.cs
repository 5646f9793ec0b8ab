using System.Text;
using Personalization.Tests.Tracking;
using Personalization.Tracking.Contracts;

namespace Personalization.Tests.Conformance;

/// <summary>What the stages see of an event, comparable.</summary>
internal sealed record NormalisedEvent(
    string Type, string Name, string Kind, string MessageId, string UserId, string AnonymousId, string SessionId, string Products)
{
    /// <summary>Reads an event back as a replay of the log does.</summary>
    public static NormalisedEvent Of(StoredEvent stored)
    {
        var batch = new Parsing().Batch("{\"batch\":[" + Encoding.UTF8.GetString(stored.Json.Span) + "]}");
        var read = batch[0];
        return new NormalisedEvent(
            read.Type.ToString(),
            Parsing.Text(read, read.Name),
            read.Kind.ToString(),
            Parsing.Text(read, read.MessageId),
            Parsing.Text(read, read.UserId),
            Parsing.Text(read, read.AnonymousId),
            Parsing.Text(read, read.SessionId),
            string.Join(' ', read.Lines.ToArray().Select(line => $"{Parsing.Text(read, line.Id)}x{line.Quantity}@{line.Price}")));
    }
}
