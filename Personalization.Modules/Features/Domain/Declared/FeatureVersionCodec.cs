using System.Text.Json;

namespace Personalization.Features.Domain.Declared;

/// <summary>Makes a version ready to take events in.</summary>
internal delegate FeatureVersion VersionMaker(int number, FeatureDefinition definition, int version, long putOffset, long putAtMs, string body);

/// <summary>A version as a row of a checkpoint: JSON, since there are few and they are kept for long.</summary>
internal static class FeatureVersionCodec
{
    public static byte[] Write(FeatureVersion version) => JsonSerializer.SerializeToUtf8Bytes(
        new Row(version.Id, version.Version, version.Phase, version.PutOffset, version.PutAtMs, version.Body, version.IsFilled, version.IncompleteProfiles, version.FillsFromLog, version.FilledThrough),
        JsonSerializerOptions.Web);

    /// <exception cref="InvalidDataException">The row is of a definition that this code does not understand.</exception>
    public static FeatureVersion Read(int number, ReadOnlySpan<byte> row, VersionMaker make)
    {
        var read = JsonSerializer.Deserialize<Row>(row, JsonSerializerOptions.Web);
        using var body = JsonDocument.Parse(read!.Body);
        if (FeatureDefinitionReader.Read(read.Id, body.RootElement, []) is not { } definition)
        {
            throw new InvalidDataException($"The feature '{read.Id}', version {read.Version}, is stored in a form that this code does not understand.");
        }

        var version = make(number, definition, read.Version, read.PutOffset, read.PutAtMs, read.Body);
        version.Phase = read.Phase;
        (version.IsFilled, version.IncompleteProfiles) = (read.IsFilled, read.IncompleteProfiles);
        (version.FillsFromLog, version.FilledThrough) = (read.FillsFromLog, read.FilledThrough);
        return version;
    }

    private sealed record Row(string Id, int Version, VersionPhase Phase, long PutOffset, long PutAtMs, string Body, bool IsFilled, int IncompleteProfiles, bool FillsFromLog, long FilledThrough);
}
