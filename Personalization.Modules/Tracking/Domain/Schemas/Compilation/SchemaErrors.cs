namespace Personalization.Tracking.Domain.Schemas.Compilation;

/// <summary>What is wrong with a schema: as many errors as are worth telling.</summary>
internal sealed class SchemaErrors
{
    private readonly List<SchemaError> _errors = [];

    public bool IsEmpty => _errors.Count == 0;

    public IReadOnlyList<SchemaError> All => _errors;

    public void Add(string pointer, string message)
    {
        if (_errors.Count < SchemaLimits.Errors)
        {
            _errors.Add(new SchemaError(pointer, message));
        }
    }
}
