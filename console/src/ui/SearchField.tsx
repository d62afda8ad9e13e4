// A field for a few words that narrow what is shown.
export function SearchField({
  label,
  value,
  onChange,
  placeholder,
}: {
  label: string;
  value: string;
  onChange: (value: string) => void;
  placeholder: string;
}) {
  return (
    <label className="field flex h-8 min-w-36 flex-1 items-center px-2.5 sm:w-56 sm:flex-none">
      <span className="sr-only">{label}</span>
      <input
        value={value}
        onChange={(event) => onChange(event.target.value)}
        placeholder={placeholder}
        autoComplete="off"
        spellCheck={false}
        className="w-full bg-transparent text-sm"
      />
    </label>
  );
}
