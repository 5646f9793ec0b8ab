using Microsoft.Extensions.Options;
using Personalization.Consent.Storage;

namespace Personalization.Consent.Pipeline;

/// <summary>Fetches the vendor list from where it is configured to come from, bounded in bytes and in time.</summary>
internal sealed class VendorListSource(IOptions<VendorListOptions> options, HttpClient client) : IDisposable
{
    /// <summary>The bytes of the list; null when it is larger than allowed.</summary>
    /// <exception cref="IOException">The file cannot be read, or the connection broke.</exception>
    /// <exception cref="HttpRequestException">The server answered with an error or not at all.</exception>
    /// <exception cref="OperationCanceledException">It took too long, or the host stops.</exception>
    public async Task<byte[]?> FetchAsync(CancellationToken cancellationToken)
    {
        var settings = options.Value;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(TimeSpan.FromSeconds(settings.TimeoutSeconds));
        if (!string.IsNullOrEmpty(settings.Path))
        {
            return await VendorListFile.ReadAsync(settings.Path, settings.MaxBytes, limit.Token);
        }

        using var response = await client.GetAsync(new Uri(settings.Url!), HttpCompletionOption.ResponseHeadersRead, limit.Token);
        response.EnsureSuccessStatusCode();
        if (response.Content.Headers.ContentLength > settings.MaxBytes)
        {
            return null;
        }

        await using var body = await response.Content.ReadAsStreamAsync(limit.Token);
        return await BoundedContent.ReadAsync(body, settings.MaxBytes, limit.Token);
    }

    public void Dispose() => client.Dispose();
}
