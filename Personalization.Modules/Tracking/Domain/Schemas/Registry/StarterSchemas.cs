using System.Reflection;
using System.Text.Json;

namespace Personalization.Tracking.Domain.Schemas.Registry;

/// <summary>The schemas that the product brings for the taxonomy's events: one embedded file each, whose title is the event.</summary>
internal static class StarterSchemas
{
    private const string Folder = "Tracking/Domain/Schemas/Starter/";

    public static IEnumerable<(string Event, byte[] Body)> All()
    {
        var assembly = Assembly.GetExecutingAssembly();
        foreach (var name in assembly.GetManifestResourceNames().Where(name => name.StartsWith(Folder, StringComparison.Ordinal)))
        {
            using var stream = assembly.GetManifestResourceStream(name)!;
            var body = new byte[stream.Length];
            stream.ReadExactly(body);
            yield return (JsonElement.Parse(body).GetProperty("title").GetString()!, body);
        }
    }
}
