using System.Globalization;
using System.IO.Compression;

namespace Personalization.Bench.Data;

/// <summary>Reads click sets: SessionId, ItemId and Time (Unix seconds) separated by tabs, with a header; gzip or plain.</summary>
internal static class ClickFile
{
    /// <exception cref="InvalidDataException">A line has not these three columns.</exception>
    public static IReadOnlyList<ClickSession> Read(string path)
    {
        using var file = File.OpenRead(path);
        using var unpacked = IsGzip(file) ? new GZipStream(file, CompressionMode.Decompress) : (Stream)file;
        using var reader = new StreamReader(unpacked);
        var sessions = new Dictionary<string, List<(string Item, double Seconds)>>(StringComparer.Ordinal);
        reader.ReadLine();
        for (var number = 2; reader.ReadLine() is { } line; number++)
        {
            var columns = line.Split('\t');
            if (columns.Length < 3 || !double.TryParse(columns[2], NumberStyles.Float, CultureInfo.InvariantCulture, out var seconds))
            {
                throw new InvalidDataException($"{path}, line {number}: not SessionId, ItemId, Time.");
            }

            if (!sessions.TryGetValue(columns[0], out var clicks))
            {
                sessions.Add(columns[0], clicks = []);
            }

            clicks.Add((columns[1], seconds));
        }

        return sessions.Select(session => ToSession(session.Key, session.Value)).ToList();
    }

    /// <summary>Orders by time and, where times are equal, as in the file; then moves equal times apart by a millisecond.</summary>
    private static ClickSession ToSession(string id, List<(string Item, double Seconds)> clicks)
    {
        var ordered = clicks.OrderBy(click => click.Seconds).ToArray();
        var times = new long[ordered.Length];
        for (var i = 0; i < times.Length; i++)
        {
            var time = (long)(ordered[i].Seconds * 1000);
            times[i] = i == 0 ? time : Math.Max(time, times[i - 1] + 1);
        }

        return new ClickSession(id, ordered.Select(click => click.Item).ToArray(), times);
    }

    private static bool IsGzip(FileStream file)
    {
        var isGzip = file.ReadByte() == 0x1F && file.ReadByte() == 0x8B;
        file.Position = 0;
        return isGzip;
    }
}
